import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 25;
const waitMsMax = 60_000;

/** How many times a service has said in its log that it started. */
export function startsIn(logFile: string): number {
  return readFileSync(logFile, 'utf8').split('.started"').length - 1;
}

/** Waits until the service has started once more than `before`; answers how long that took, or nothing when it does not. Units: ms. */
export async function untilStarted(logFile: string, before: number): Promise<number | undefined> {
  const startMs = performance.now();
  while (performance.now() - startMs < waitMsMax) {
    if (startsIn(logFile) > before) return Math.round(performance.now() - startMs);
    await sleep(pollMs);
  }
  return undefined;
}
