import { join } from 'node:path';
import { boundLog } from './bound-log.ts';
import { findSurvivor } from './find-survivor.ts';
import { holdLock } from './hold-lock.ts';
import { initCluster } from './init-cluster.ts';
import { locateBinaries } from './locate-binaries.ts';
import { openBase, placeCluster, type Place } from './place-cluster.ts';
import { runServer } from './run-server.ts';
import { runUser } from './run-user.ts';
import { stopServer } from './stop-server.ts';

/** `settings` are added to the server's; `packageDirectory` and `openDirectory` replace where binaries and homeless clusters lie. */
export type StartOptions = {
  readonly dataDirectory: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly packageDirectory?: string;
  readonly openDirectory?: string;
};

/** A running server. `adminUrl` carries the superuser's password: it is for migrations alone, and never logged. */
export type EmbeddedPostgres = {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  readonly adminUrl: string;
  /** The server had survived an earlier supervisor and was taken over. */
  readonly reused: boolean;
  readonly cluster: string;
  readonly logFile: string;
  /** Fast shutdown: open transactions are aborted, everything committed is kept. */
  readonly stop: () => Promise<void>;
};

const host = '127.0.0.1';

/**
 * Starts the embedded PostgreSQL of a data directory on a free port, as an unprivileged user when we are root, or takes over the one
 * that is still running. It keeps running when this process is killed.
 * Errors: `postgres.data_in_use` (another live process has the directory), `postgres.data_unreachable`, `postgres.no_binaries`,
 * `postgres.binaries_unreachable`, `postgres.no_user`, `postgres.init_failed`, `postgres.password_missing`, `postgres.start_failed`,
 * `postgres.orphans`.
 */
export async function startPostgres(options: StartOptions): Promise<EmbeddedPostgres> {
  const base = options.openDirectory ?? openBase;
  const place = placeCluster(options.dataDirectory, base);
  const lock = await holdLock(place.dataDirectory);
  try {
    return await supervise(options, place, { base, release: lock.release });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function supervise(
  options: StartOptions,
  place: Place,
  held: { readonly base: string; readonly release: () => void },
): Promise<EmbeddedPostgres> {
  const user = runUser(place.cluster);
  const copyBases = user === undefined ? [place.dataDirectory] : [held.base, place.dataDirectory];
  const binaries = locateBinaries({
    user,
    copyBases,
    ...(options.packageDirectory === undefined ? {} : { packageDirectory: options.packageDirectory }),
  });
  const login = await initCluster(place, binaries, user);
  const survivor = await findSurvivor(place.cluster);
  const server = survivor ?? (await runServer({ place, binaries: join(binaries, 'postgres'), user, settings: options.settings ?? {} }));
  const endWatch = boundLog(place.logFile);
  return {
    host,
    port: server.port,
    pid: server.pid,
    adminUrl: `postgresql://${login.user}:${login.password}@${host}:${String(server.port)}/postgres`,
    reused: survivor !== undefined,
    cluster: place.cluster,
    logFile: place.logFile,
    stop: async () => {
      endWatch();
      try {
        await stopServer(place.cluster);
      } finally {
        held.release();
      }
    },
  };
}
