import { describe, expect, it } from 'vitest';
import { judgeLock } from './judge-lock.ts';
import { noLayers } from './sandbox.ts';

const said = {
  launcher: 'native',
  noNewPrivileges: true,
  landlockAbi: 0,
  seccompStage1: true,
  seccompStage2: true,
  bubblewrap: true,
  unprivilegedUser: true,
  cgroup: true,
} as const;

describe('judgeLock', () => {
  it('a_program_cannot_claim_a_wall_that_the_supervisor_did_not_put_up', () => {
    const { layers, missing } = judgeLock(said, { environment: 'local', bubblewrap: false, cgroup: false }, 'runner');
    expect(layers).toMatchObject({ bubblewrap: false, cgroup: false });
    expect(missing).toEqual(['Landlock (Linux 5.13 or later) or bubblewrap']);
  });

  it('what_both_know_of_stands_and_a_cgroup_is_the_supervisors_to_say', () => {
    const { layers, missing } = judgeLock({ ...said, cgroup: false }, { environment: 'local', bubblewrap: true, cgroup: true }, 'unpacker');
    expect(layers).toMatchObject({ bubblewrap: true, cgroup: true });
    expect(missing).toEqual([]);
  });

  it('a_program_that_found_no_wall_lacks_them_all', () => {
    expect(judgeLock(noLayers, { environment: 'local', bubblewrap: true, cgroup: true }, 'runner').missing).toHaveLength(6);
  });
});
