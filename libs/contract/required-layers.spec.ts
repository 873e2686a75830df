import { describe, expect, it } from 'vitest';
import type { SandboxLayers } from './coverage.ts';
import { missingLayers, requiredLayers } from './required-layers.ts';
import { sandboxEnvironments } from './sandbox-environment.ts';

const all: SandboxLayers = {
  launcher: 'native',
  noNewPrivileges: true,
  landlockAbi: 1,
  seccompStage1: true,
  seccompStage2: true,
  bubblewrap: true,
  unprivilegedUser: true,
  cgroup: true,
};
const landlock = 'Landlock (Linux 5.13 or later)';
const either = 'Landlock (Linux 5.13 or later) or bubblewrap';

describe('requiredLayers', () => {
  const without: readonly (readonly [name: string, layers: Partial<SandboxLayers>])[] = [
    ['native launcher', { launcher: 'absent' }],
    ['native launcher', { launcher: 'koffi' }],
    ['no_new_privs', { noNewPrivileges: false }],
    ['seccomp stage 1', { seccompStage1: false }],
    ['seccomp stage 2', { seccompStage2: false }],
    ['unprivileged user', { unprivilegedUser: false }],
  ];
  const rows = sandboxEnvironments.flatMap((where) =>
    (['runner', 'unpacker'] as const).flatMap((program) => without.map(([name, layers]) => ({ where, program, name, layers }))),
  );

  it.each(rows)('$where_$program_needs_$name', ({ where, program, name, layers }) => {
    expect(missingLayers({ ...all, ...layers }, where, program)).toEqual([name]);
  });

  it.each([
    { where: 'local', program: 'runner', landlockAbi: 0, bubblewrap: false, missing: [either] },
    { where: 'local', program: 'runner', landlockAbi: 0, bubblewrap: true, missing: [] },
    { where: 'local', program: 'runner', landlockAbi: 1, bubblewrap: false, missing: [] },
    { where: 'local', program: 'unpacker', landlockAbi: 0, bubblewrap: false, missing: [either] },
    { where: 'local', program: 'unpacker', landlockAbi: 0, bubblewrap: true, missing: [] },
    { where: 'container', program: 'runner', landlockAbi: 0, bubblewrap: false, missing: [landlock] },
    { where: 'container', program: 'runner', landlockAbi: 1, bubblewrap: false, missing: [] },
    { where: 'container', program: 'unpacker', landlockAbi: 0, bubblewrap: false, missing: [landlock] },
    { where: 'fargate', program: 'runner', landlockAbi: 0, bubblewrap: false, missing: [] },
    { where: 'fargate', program: 'unpacker', landlockAbi: 0, bubblewrap: false, missing: [landlock] },
    { where: 'fargate', program: 'unpacker', landlockAbi: 1, bubblewrap: false, missing: [] },
  ] as const)(
    '$where_$program_with_landlock_$landlockAbi_and_bubblewrap_$bubblewrap_misses_$missing',
    ({ where, program, landlockAbi, bubblewrap, missing }) => {
      expect(missingLayers({ ...all, landlockAbi, bubblewrap }, where, program)).toEqual(missing);
    },
  );

  it('a_cgroup_is_required_nowhere_because_it_is_not_delegated_everywhere', () => {
    for (const where of sandboxEnvironments) expect(missingLayers({ ...all, cgroup: false }, where, 'runner')).toEqual([]);
  });

  it('no_environment_does_without_the_walls_that_are_ours_alone', () => {
    for (const where of sandboxEnvironments) {
      for (const layers of Object.values(requiredLayers[where]))
        expect(layers).toEqual(expect.arrayContaining(['seccomp stage 2', 'unprivileged user']));
    }
  });
});
