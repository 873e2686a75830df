import { describe, expect, it } from 'vitest';
import { ownCgroup } from './own-cgroup.ts';

const none = { unified: undefined, memory: undefined, pids: undefined };
const mount = (root: string, point: string, rest: string): string => `36 35 0:30 ${root} ${point} rw,nosuid shared:9 - ${rest}`;

describe('ownCgroup', () => {
  it('finds_the_folder_of_version_2', () => {
    const folders = ownCgroup('0::/system.slice/aegis.service\n', mount('/', '/sys/fs/cgroup', 'cgroup2 cgroup2 rw,nsdelegate'));
    expect(folders).toEqual({ ...none, unified: '/sys/fs/cgroup/system.slice/aegis.service' });
  });

  it('finds_both_folders_of_version_1_wherever_each_is_mounted', () => {
    const groups = '9:name=systemd:/\n8:pids:/a\n4:cpu,memory:/b/c\n0::/\n';
    const mounts = [
      mount('/', '/sys/fs/cgroup/pids', 'cgroup cgroup rw,pids'),
      mount('/', '/sys/fs/cgroup/memory', 'cgroup cgroup rw,cpu,memory'),
      mount('/', '/sys/fs/cgroup/unified', 'cgroup2 cgroup2 rw'),
    ].join('\n');
    expect(ownCgroup(groups, mounts)).toEqual({
      unified: '/sys/fs/cgroup/unified',
      memory: '/sys/fs/cgroup/memory/b/c',
      pids: '/sys/fs/cgroup/pids/a',
    });
  });

  it('a_container_that_sees_only_its_part_of_the_hierarchy_finds_itself_at_its_top', () => {
    const folders = ownCgroup('0::/docker/abc/inner', mount('/docker/abc', '/sys/fs/cgroup', 'cgroup2 cgroup rw'));
    expect(folders.unified).toBe('/sys/fs/cgroup/inner');
  });

  it('a_group_outside_of_what_is_mounted_is_not_reached', () => {
    expect(ownCgroup('0::/elsewhere', mount('/docker/abc', '/sys/fs/cgroup', 'cgroup2 cgroup rw'))).toEqual(none);
    expect(ownCgroup('0::/../../etc', mount('/docker/abc', '/sys/fs/cgroup', 'cgroup2 cgroup rw'))).toEqual(none);
  });

  it.each(['', 'nonsense', '0', '0::relative', '::/x'])('a_text_that_is_none_of_the_kernels_(%s)_finds_nothing', (text) => {
    expect(ownCgroup(text, mount('/', '/sys/fs/cgroup', 'cgroup2 cgroup2 rw'))).toEqual(none);
    expect(ownCgroup('0::/', text)).toEqual(none);
  });
});
