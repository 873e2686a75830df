import { findSurvivor } from './find-survivor.ts';
import { readLogin } from './init-cluster.ts';
import { placeCluster } from './place-cluster.ts';

/** A server that somebody else supervises. `adminUrl` as in `EmbeddedPostgres`. */
type RunningServer = { readonly host: string; readonly port: number; readonly adminUrl: string };

/**
 * The server that runs over a data directory, whoever supervises it; nothing when there is none. It is neither started nor taken over.
 * Errors: `postgres.password_missing`, `postgres.data_unreachable`, `postgres.start_failed` when it does not answer.
 */
export async function findRunning(dataDirectory: string): Promise<RunningServer | undefined> {
  const place = placeCluster(dataDirectory);
  const server = await findSurvivor(place.cluster);
  if (server === undefined) return undefined;
  const login = readLogin(place);
  const host = '127.0.0.1';
  return { host, port: server.port, adminUrl: `postgresql://${login.user}:${login.password}@${host}:${String(server.port)}/postgres` };
}
