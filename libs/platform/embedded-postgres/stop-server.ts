import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { findPostmaster, isRunning } from './postmaster.ts';

/**
 * Stops the server of a cluster: SIGINT (fast: does not wait for clients, writes a checkpoint), and when that takes too long SIGQUIT,
 * from which the next start recovers. Does nothing when none runs.
 * Errors: `postgres.stop_failed`.
 */
export async function stopServer(cluster: string): Promise<void> {
  const server = findPostmaster(cluster);
  if (server === undefined) return;
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!isRunning(server.pid)) return;
    process.kill(server.pid, signal);
    if (await isGone(server.pid)) return;
  }
  throw new Fault('postgres.stop_failed', { internal: `process ${String(server.pid)} did not end` });
}

async function isGone(pid: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limits.serverStopMs; waitedMs += limits.serverPollMs) {
    if (!isRunning(pid)) return true;
    await pause(limits.serverPollMs);
  }
  return !isRunning(pid);
}
