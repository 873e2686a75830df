import type { Clock } from '@lib/kernel';

/** Wall time of this machine. Units: ms since the Unix epoch. */
export const systemClock: Clock = { nowMs: () => Date.now() };
