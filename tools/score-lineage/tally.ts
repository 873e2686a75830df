import type { Trial } from './score-corpus.ts';

/** What became of the findings of all trials together. */
export type Tally = {
  readonly trials: number;
  readonly there: number;
  readonly kept: number;
  readonly wrong: number;
  readonly lost: number;
};

/** Adds trials up. `there` are findings that the new code still has; of them `kept` stay what they are. */
export function tally(trials: readonly Trial[]): Tally {
  const sum = (of: (trial: Trial) => number): number => trials.reduce((total, trial) => total + of(trial), 0);
  return {
    trials: trials.length,
    there: sum((one) => one.there),
    kept: sum((one) => one.kept),
    wrong: sum((one) => one.wrong),
    lost: sum((one) => one.lost),
  };
}
