import { describe, expect, it } from 'vitest';
import { limits, type SandboxEnvironment } from '@lib/contract';
import { launcherArguments, type LaunchPlan } from './launcher-arguments.ts';

const plan: LaunchPlan = {
  runtimeDirectory: '/run/time',
  nodePath: '/run/time/node',
  nodeFlags: ['--one-flag'],
  snapshot: undefined,
  order: {
    program: 'runner',
    today: '2026-01-01',
    runtimeDirectory: '/run/time',
    treeDirectory: '/tree',
    analyzers: ['sast'],
    grammars: [],
    environment: 'local',
    bubblewrap: false,
    seccompFiltersBefore: 0,
  },
  parentPid: 42,
  joinDescriptors: [],
  landlock: 'auto',
  heapMib: 128,
  addressBytesMax: 3,
  cpuSecondsMax: 10,
  openFilesMax: 64,
  fileBytesMax: 5,
  threadsMax: 0,
};
const target: LaunchPlan = {
  ...plan,
  order: {
    program: 'unpacker',
    runtimeDirectory: '/run/time',
    targetDirectory: '/target',
    format: 'zip',
    environment: 'local',
    bubblewrap: false,
    seccompFiltersBefore: 0,
  },
};

/** The values of one option, in their order. */
function valuesOf(given: LaunchPlan, option: string): readonly (string | undefined)[] {
  const words = launcherArguments(given);
  return words.slice(0, words.indexOf('--')).flatMap((word, index) => (word === option ? [words[index + 1]] : []));
}

describe('launcherArguments', () => {
  it('a_runner_may_write_nothing_but_the_null_device', () => {
    expect(valuesOf(plan, '--fill')).toEqual([]);
    expect(valuesOf(plan, '--device')).toEqual(['/dev/null']);
    expect(valuesOf(plan, '--read')).toEqual(['/run/time', '/tree']);
  });

  it('an_unpacker_may_fill_its_target_and_reads_no_tree', () => {
    expect(valuesOf(target, '--fill')).toEqual(['/target']);
    expect(valuesOf(target, '--read')).toEqual(['/run/time']);
  });

  it('an_unpacker_gets_a_small_heap_and_a_runner_the_one_that_its_snapshot_was_made_under', () => {
    expect(launcherArguments(target).filter((word) => word.startsWith('--max-'))).toEqual([
      '--max-old-space-size=128',
      `--max-semi-space-size=${String(limits.unpackerYoungMib)}`,
    ]);
    expect(launcherArguments(plan).filter((word) => word.startsWith('--max-'))).toEqual(['--max-old-space-size=128']);
  });

  it('the_program_of_the_order_is_what_node_runs_with_the_order_as_its_last_argument', () => {
    const words = launcherArguments(target);
    expect(words.slice(words.indexOf('--') + 1)).toEqual([
      '/run/time/node',
      '--max-old-space-size=128',
      `--max-semi-space-size=${String(limits.unpackerYoungMib)}`,
      '--one-flag',
      '/run/time/unpacker.mjs',
      JSON.stringify(target.order),
    ]);
  });

  it('a_snapshot_takes_the_place_of_the_programs_file', () => {
    const words = launcherArguments({ ...plan, snapshot: 'snapshots/sast.blob' });
    expect(words).toContain('/run/time/snapshots/sast.blob');
    expect(words).not.toContain('/run/time/runner.mjs');
    expect(words.at(-1)).toBe(JSON.stringify(plan.order));
  });

  it('every_limit_is_set_and_threads_only_for_a_user_of_its_own', () => {
    expect(valuesOf(plan, '--limit')).toEqual(['4', '1', '0', '7', '8', '9']);
    expect(valuesOf({ ...plan, threadsMax: 64 }, '--limit')).toEqual(['4', '1', '0', '7', '8', '9', '6']);
  });

  it('cgroups_are_entered_by_the_descriptors_that_are_handed_over', () => {
    expect(valuesOf({ ...plan, joinDescriptors: [5, 6] }, '--join')).toEqual(['5', '6']);
  });

  const least = (environment: SandboxEnvironment, bubblewrap: boolean, from: LaunchPlan = plan): unknown =>
    valuesOf({ ...from, order: { ...from.order, environment, bubblewrap } }, '--landlock')[0];

  it('landlock_is_demanded_of_the_launcher_wherever_nothing_else_may_stand_for_it', () => {
    expect([least('local', false), least('local', true)]).toEqual(['1', '0']);
    expect([least('container', false), least('container', true)]).toEqual(['1', '1']);
    expect([least('fargate', false), least('fargate', false, target)]).toEqual(['0', '1']);
    expect(valuesOf({ ...plan, landlock: 'off' }, '--landlock')).toEqual(['off']);
  });
});
