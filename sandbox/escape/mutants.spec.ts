import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { allMutants, checkCrowd, checkMutants, shownMutants, type MutantResult } from './check-mutants.ts';
import { combinations } from './combinations.ts';
import { findClosedDoors, findOffered } from './find-offered.ts';
import { callCrowds } from './mutants/call-mutants.ts';
import { openStage, type Stage } from './open-stage.ts';

// The short form of `npm run test:escape -- --mutants`: each guard by itself, and the calls of each stage all at once.
const hasCompiler = requirePeer('gcc', 'apt-get install gcc') !== undefined;

// This list may only shrink: each entry is a wall that no test can see fall.
const equivalents = [
  'Landlock: make files',
  'Landlock: run files',
  'bubblewrap: capabilities',
  'bubblewrap: environment',
  'bubblewrap: folder',
  'open with __O_TMPFILE, in the runner',
  'stage 2 allows setsid',
];

describe('walls taken away', () => {
  it('each_mutant_has_a_name_of_its_own_and_the_list_of_those_that_nothing_can_see_does_not_grow', () => {
    expect(new Set(allMutants.map(({ id }) => id)).size).toBe(allMutants.length);
    expect(
      allMutants
        .filter(({ equivalent }) => equivalent !== undefined)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(equivalents);
  });
});

describe.runIf(hasCompiler && process.platform === 'linux' && process.arch === 'x64')('walls taken away, in short', () => {
  let stage: Stage;
  const results: MutantResult[] = [];
  beforeAll(async () => {
    const opened = await openStage();
    if (opened === undefined) throw new Error('the machine code of the probes cannot be made');
    stage = opened;
    const { shown } = combinations(await findOffered(stage));
    const closed = await findClosedDoors(stage);
    const short = shownMutants(allMutants, shown, closed).filter((mutant) => mutant.short);
    results.push(...(await checkMutants(stage, short, () => undefined)));
    for (const crowd of callCrowds)
      results.push(...(await checkCrowd(stage, { ...crowd, mutants: shownMutants(crowd.mutants, shown, closed) })));
  }, 900_000);
  afterAll(() => stage.close());

  it('removing_any_one_turns_the_suite_red_by_the_probe_that_is_meant_for_it', () => {
    expect(
      results
        .filter(({ verdict }) => verdict === 'survived' || verdict === 'wrong')
        .map(({ mutant, base, got }) => ({ id: mutant.id, base, got })),
    ).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'killed').length).toBeGreaterThan(250);
  });
});
