import type { Check } from './check.ts';
import type { Combination } from './combinations.ts';
import { endings, type Ending } from './endings.ts';
import type { Stage } from './open-stage.ts';
import { runLists } from './run-lists.ts';
import { runOutcome } from './run-outcome.ts';

const endlessWallMs = 4000; // long past the lock, on a busy machine too
const boundedWallMs = 180_000; // what ends by itself must not meet the clock, however busy the machine

/** Each bomb in a run of its own, all under one supervisor: that it answers for the last one shows that it outlived the others. */
export async function checkEndings(stage: Stage, combination: Combination, picked: readonly Ending[] = endings): Promise<readonly Check[]> {
  const [endless, bounded] = [picked.filter((ending) => ending.endless), picked.filter((ending) => !ending.endless)];
  return [
    ...(await checkSome(stage, { ...combination, wallMs: endlessWallMs }, endless)),
    ...(await checkSome(stage, { ...combination, wallMs: boundedWallMs }, bounded)),
  ];
}

async function checkSome(stage: Stage, combination: Combination, some: readonly Ending[]): Promise<readonly Check[]> {
  if (some.length === 0) return [];
  const runs = await runLists(
    stage,
    combination,
    some.map(({ id }) => ({ phase: 'locked', ids: [id] })),
  );
  return some.map(({ id, expected }, index) => {
    const run = runs[index];
    const outcome = run === undefined ? 'not tried' : runOutcome(run, id);
    // by which signal a process ends that has run out of something is the engine's affair
    const got = expected === 'crashed' ? outcome.replace(/^crashed: .*/u, 'crashed') : outcome;
    return { where: `${combination.name}, endings`, id, expected, got };
  });
}
