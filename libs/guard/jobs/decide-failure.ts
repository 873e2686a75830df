/** What follows a failed attempt. Units: ms. */
export type FailureDecision = { readonly move: 'retry'; readonly delayMs: number } | { readonly move: 'bury' };

/** `attempt` counts from 1. `final`: another attempt would fail the same way. Units: ms. */
export type Failure = {
  readonly attempt: number;
  readonly final: boolean;
  readonly attemptsMax: number;
  readonly backoffMs: number;
  readonly backoffMsMax: number;
};

/** Tries again after a pause that doubles with each attempt, up to a ceiling; gives up after `attemptsMax` attempts. */
export function decideFailure(failure: Failure): FailureDecision {
  if (failure.final || failure.attempt >= failure.attemptsMax) return { move: 'bury' };
  const doubled = failure.backoffMs * 2 ** Math.min(failure.attempt - 1, doublingsMax);
  return { move: 'retry', delayMs: Math.min(doubled, failure.backoffMsMax) };
}

const doublingsMax = 30; // past this the product leaves the safe integers, and the ceiling has long been reached
