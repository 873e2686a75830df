import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { Place } from './place-cluster.ts';
import { findOrphans, findPostmaster, isRunning, lockedPid, type Postmaster } from './postmaster.ts';
import type { RunUser } from './run-user.ts';
import { serverEnvironment, serverSettings } from './server-settings.ts';

/** What to run: `binaries` is the path of `postgres`. */
export type ServerRun = {
  readonly place: Place;
  readonly binaries: string;
  readonly user: RunUser;
  readonly settings: Readonly<Record<string, string>>;
};

/**
 * Starts the server and waits until it takes connections. A killed predecessor may need a moment to leave, and a free port may be
 * taken before the server binds it, so a start that ends at once is tried again, each time on another port.
 * Errors: `postgres.start_failed`, `postgres.orphans`.
 */
export async function runServer(run: ServerRun): Promise<Postmaster> {
  await clearTheWay(run.place.cluster);
  for (let attempt = 1; ; attempt += 1) {
    const child = launch(run, await freePort());
    try {
      const server = await waitUntilReady(run.place.cluster, () => exitOf(child));
      child.unref();
      return server;
    } catch (error) {
      if (attempt >= limits.serverStartAttemptsMax || !(error instanceof EarlyExit)) throw faultOf(error, run.place);
      await pause(limits.serverStartPauseMs);
    }
  }
}

/** Waits for a server to say that it is ready. `ended` tells why it will not. */
async function waitUntilReady(cluster: string, ended: () => string | undefined): Promise<Postmaster> {
  const deadline = performance.now() + limits.serverStartMs;
  while (performance.now() < deadline) {
    const reason = ended();
    if (reason !== undefined) throw new EarlyExit(reason);
    const server = findPostmaster(cluster);
    if (server?.isReady === true) return server;
    await pause(limits.serverPollMs);
  }
  throw new Fault('postgres.start_failed', { internal: `not ready after ${String(limits.serverStartMs)} ms` });
}

class EarlyExit extends Error {}

/**
 * No server runs here any more. What it left is cleared: orphaned backends are waited for, and a lock file whose number now belongs
 * to a stranger is removed, because the server would take the stranger for its predecessor and refuse.
 */
async function clearTheWay(cluster: string): Promise<void> {
  for (let waitedMs = 0; findOrphans(cluster).length > 0; waitedMs += limits.serverPollMs) {
    if (waitedMs > limits.serverStopMs)
      throw new Fault('postgres.orphans', {
        internal: `processes of a dead server still use \`${cluster}\`: ${findOrphans(cluster).join(', ')}`,
      });
    await pause(limits.serverPollMs);
  }
  const pid = lockedPid(cluster);
  if (pid !== undefined && process.platform === 'linux' && isRunning(pid)) rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

function launch(run: ServerRun, port: number): ChildProcess {
  const log = openSync(run.place.logFile, 'a', 0o600);
  try {
    const { listen_addresses, unix_socket_directories } = serverSettings; // a caller may change anything but who can reach the server
    const settings = { ...serverSettings, ...run.settings, listen_addresses, unix_socket_directories };
    const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`]);
    return spawn(run.binaries, ['-D', run.place.cluster, '-p', String(port), ...words], {
      ...run.user,
      cwd: '/',
      env: serverEnvironment,
      stdio: ['ignore', log, log],
      detached: true, // a Ctrl-C in the terminal reaches the supervisor, which stops the server in order
    }).on('error', () => undefined); // reported through `exitOf`
  } finally {
    closeSync(log);
  }
}

function exitOf(child: ChildProcess): string | undefined {
  if (child.pid === undefined) return 'the program could not be run';
  if (child.exitCode !== null) return `exit code ${String(child.exitCode)}`;
  return child.signalCode === null ? undefined : `signal ${child.signalCode}`;
}

function faultOf(error: unknown, place: Place): Fault {
  if (error instanceof Fault) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Fault('postgres.start_failed', { internal: `${reason}; the log ends with: ${lastLines(place.logFile)}`, cause: error });
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-3).join(' / ');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
