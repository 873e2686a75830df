import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { answers } from './answers.ts';
import { findPostmaster, type Postmaster } from './postmaster.ts';

/**
 * The server that outlived its supervisor, once it answers; nothing when there is none, or when the one that was there goes.
 * Errors: `postgres.start_failed` when it stays and does not answer.
 */
export async function findSurvivor(cluster: string): Promise<Postmaster | undefined> {
  const deadline = performance.now() + limits.serverStartMs;
  while (performance.now() < deadline) {
    const server = findPostmaster(cluster);
    if (server === undefined) return undefined;
    if (server.isReady && (await answers(server.port))) return server;
    await pause(limits.serverPollMs);
  }
  throw new Fault('postgres.start_failed', { internal: `the server that runs in \`${cluster}\` does not answer` });
}
