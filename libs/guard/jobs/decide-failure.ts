import { limits } from '@lib/contract';

/** What follows a failed attempt. Units: ms. */
export type FailureDecision = { readonly move: 'retry'; readonly delayMs: number } | { readonly move: 'bury' };

/**
 * `attempt` counts from 1. `final`: another attempt would fail the same way. `waits`: what the job needs is away and will be back, which
 * is no reason to give the job up. Units: ms.
 */
export type Failure = {
  readonly attempt: number;
  readonly final: boolean;
  readonly waits: boolean;
  readonly attemptsMax: number;
  readonly backoffMs: number;
  readonly backoffMsMax: number;
};

/** Tries again after a pause that doubles with each attempt, up to a ceiling; gives up after `attemptsMax` attempts, or when waiting has taken too long. */
export function decideFailure(failure: Failure): FailureDecision {
  const attemptsMax = failure.waits ? Math.max(failure.attemptsMax, limits.jobWaitAttemptsMax) : failure.attemptsMax;
  if (failure.final || failure.attempt >= attemptsMax) return { move: 'bury' };
  const doubled = failure.backoffMs * 2 ** Math.min(failure.attempt - 1, doublingsMax);
  return { move: 'retry', delayMs: Math.min(doubled, failure.backoffMsMax) };
}

const doublingsMax = 30; // past this the product leaves the safe integers, and the ceiling has long been reached
