import type { Stage } from './open-stage.ts';
import type { Outcome } from './probe.ts';
import { runLists, type Host, type ListRun } from './run-lists.ts';

/** What to try, and which of it is known to end its process: those get a process of their own from the start. */
export type Trial = {
  readonly phase: 'locked' | 'early' | 'filling';
  readonly ids: readonly string[];
  readonly deadly: ReadonlySet<string>;
};

/** Outcomes by id; `refused` when the sandbox did not let anything run. */
export type Tried = {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly refused: readonly string[];
  readonly layers: unknown;
  readonly exits: ListRun['exits'];
};

const roundsMax = 80; // each ends at least one id; more deaths than this is a profile gone wrong

/**
 * Tries every id. Whoever ends its process has told all outcomes before it, so the next in the list is the one that ended it; the rest is
 * tried again without it. A surprise therefore costs a process and is named, never hidden.
 */
export async function tryAll(stage: Stage, host: Host, { phase, ids, deadly }: Trial): Promise<Tried> {
  const outcomes = new Map<string, Outcome>();
  let layers: unknown;
  let lists: readonly (readonly string[])[] = [
    ids.filter((id) => !deadly.has(id)),
    ...ids.filter((id) => deadly.has(id)).map((id) => [id]),
  ].filter((list) => list.length > 0);
  for (let round = 0; lists.length > 0 && round < roundsMax; round++) {
    const runs = await runLists(
      stage,
      host,
      lists.map((list) => ({ phase, ids: list })),
    );
    const rest: (readonly string[])[] = [];
    for (const [index, run] of runs.entries()) {
      const list = lists[index] ?? [];
      for (const [id, outcome] of run.said) outcomes.set(id, outcome);
      if (!run.result.ok) return { outcomes, refused: run.result.error.missing, layers, exits: run.exits };
      layers ??= run.result.value.layers;
      const missing = list.filter((id) => !outcomes.has(id));
      const [culprit, ...after] = missing;
      if (culprit === undefined || run.result.value.ending === 'finished') continue;
      outcomes.set(culprit, endingOf(run));
      if (after.length > 0) rest.push(after);
    }
    lists = rest;
  }
  return { outcomes, refused: [], layers, exits: [] };
}

function endingOf(run: ListRun): Outcome {
  if (!run.result.ok) return 'refused';
  const { ending, detail } = run.result.value;
  return ending === 'escape_attempt' ? 'SIGSYS' : ending === 'timed_out' ? 'no answer' : `${ending}: ${detail}`;
}
