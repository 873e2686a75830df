import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { allProbes } from './all-probes.ts';
import { readCallTable } from './call-table.ts';
import { callNames } from './call-numbers.ts';
import { checkCombination, type Reviewed } from './check-combination.ts';
import { passed, type Check } from './check.ts';
import { checkEndings } from './check-endings.ts';
import { checkControl } from './check-control.ts';
import { combinations, type Combination } from './combinations.ts';
import { findOffered } from './find-offered.ts';
import { endings } from './endings.ts';
import { isRoot, openStage, ordinaryUid, type Stage } from './open-stage.ts';
import { review } from './review.ts';

// The short form of `npm run test:escape`: the strongest walls, the weakest that are enough, and those that are not.
const hasCompiler = requirePeer('gcc', 'apt-get install gcc libc6-dev') !== undefined;
requirePeer('bwrap', 'apt-get install bubblewrap');

const failures = (checks: readonly Check[]): readonly Check[] => checks.filter((check) => !passed(check));

// The objects of System V that the user of the control run owns: they outlive every process.
function channels(): readonly string[] {
  const owner = String(isRoot ? ordinaryUid : process.getuid?.());
  return ['shm', 'msg', 'sem'].flatMap((kind) => {
    const [head = '', ...rows] = readFileSync(`/proc/sysvipc/${kind}`, 'utf8').trim().split('\n');
    const column = head.trim().split(/\s+/u).indexOf('uid');
    return rows.map((row) => row.trim().split(/\s+/u)).flatMap((row) => (row[column] === owner ? [`${kind} ${row[1] ?? ''}`] : []));
  });
}

describe.runIf(hasCompiler && process.platform === 'linux' && process.arch === 'x64')('escapes from the sandbox', () => {
  let stage: Stage;
  let reviewed: Reviewed;
  let shown: readonly Combination[] = [];
  let left: readonly string[] = ['not looked'];
  beforeAll(async () => {
    const opened = await openStage();
    if (opened === undefined) throw new Error('the machine code of the probes cannot be made');
    stage = opened;
    const before = channels();
    reviewed = await review(stage);
    left = channels().filter((object) => !before.includes(object));
    shown = combinations(await findOffered(stage)).shown;
  }, 300_000);
  afterAll(() => stage.close());

  const named = (name: string): Combination => {
    const found = shown.find((combination) => combination.name === name);
    if (found === undefined) throw new Error(`${name}: this machine does not offer it`);
    return found;
  };
  const user = isRoot ? 'root' : 'ordinary';

  it('control_every_probe_succeeds_where_no_wall_stands_or_says_why_not', () => {
    expect(failures(checkControl(reviewed.bare).checks)).toEqual([]);
    expect(checkControl(reviewed.bare).alike.filter((text) => text.endsWith('no reason is given'))).toEqual([]);
  });

  it('the_control_run_leaves_no_shared_memory_queue_or_semaphore_behind', () => {
    expect(left).toEqual([]);
  });

  it('every_probe_and_every_call_number_meets_the_walls_of_this_machine', async () => {
    const [strongest] = shown;
    expect(strongest?.walls).toBeDefined();
    const checks = strongest === undefined ? [] : await checkCombination(stage, strongest, { ...reviewed, deaths: 'in the runner' });
    expect(failures(checks)).toEqual([]);
    expect(checks.length).toBeGreaterThan(1500);
  }, 600_000);

  it('every_probe_and_every_call_number_meets_the_weakest_walls_that_are_enough', async () => {
    const checks = await checkCombination(stage, named('ordinary, Landlock'), { ...reviewed, deaths: 'in the runner' });
    expect(failures(checks)).toEqual([]);
    expect(checks.length).toBeGreaterThan(1500);
  }, 600_000);

  it('bombs_end_as_they_must_and_their_supervisor_outlives_them', async () => {
    const elsewhere = /spin|line|heap/u; // in `supervision.spec.ts`
    const [strongest] = shown;
    const picked = endings.filter(({ id }) => !elsewhere.test(id));
    expect(picked.length).toBeGreaterThan(4);
    const checks = strongest === undefined ? [] : await checkEndings(stage, strongest, picked);
    expect(failures(checks)).toEqual([]);
    expect(checks).toHaveLength(picked.length);
  }, 300_000);

  it('fewer_walls_than_that_refuse_with_78_and_read_nothing', async () => {
    const checks = await checkCombination(stage, named(`${user}, no file wall`), reviewed);
    expect(failures(checks)).toEqual([]);
    expect(checks).toHaveLength(3);
  });
});

describe('the list of probes', () => {
  it('every_probe_has_a_name_of_its_own', () => {
    expect(new Set(allProbes.map(({ id }) => id)).size).toBe(allProbes.length);
  });

  it('a_probe_that_ends_as_it_would_without_walls_says_what_is_left_open', () => {
    const silent = allProbes.filter(
      ({ locked, bare, bareWhy, residual }) => locked === bare && bareWhy === undefined && residual === undefined,
    );
    expect(silent.map(({ id }) => id)).toEqual([]);
  });

  it('every_call_that_ends_the_process_is_tried_by_name', () => {
    const named = new Set(allProbes.filter(({ locked }) => locked === 'SIGSYS').map(({ id }) => id.slice(id.indexOf('/') + 1)));
    const deadly = [...readCallTable()]
      .filter(([, row]) => row.locked === 'SIGSYS')
      .map(([number]) => callNames.get(number) ?? String(number));
    expect(deadly.length).toBeGreaterThan(50);
    expect(deadly.filter((name) => !named.has(name))).toEqual([]);
  });

  it('a_number_that_no_kernel_has_yet_is_refused_once_the_walls_are_closed', () => {
    const unknown = [...readCallTable()].filter(([number]) => !callNames.has(number));
    expect(unknown.length).toBeGreaterThan(100);
    expect(unknown.filter(([, row]) => row.locked !== 'EPERM' || row.filling !== 'EPERM')).toEqual([]);
  });
});
