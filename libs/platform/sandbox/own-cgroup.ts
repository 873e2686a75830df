import { join, relative } from 'node:path';

/** Folders of the control groups that a process is in, by version. Those of version 1 are there only for controllers that are mounted so. */
export type OwnCgroup = { readonly unified: string | undefined; readonly memory: string | undefined; readonly pids: string | undefined };

/**
 * Finds the folders of our own control groups. Pure: the texts are `/proc/self/cgroup` and `/proc/self/mountinfo`.
 * Source: cgroups(7), proc_pid_mountinfo(5).
 */
export function ownCgroup(cgroupText: string, mountText: string): OwnCgroup {
  const mounts = mountText.split('\n').map(parseMount);
  const groups = cgroupText.split('\n').map(parseGroup);
  const folder = (isGroup: (controllers: readonly string[]) => boolean, isMount: (mount: Mount) => boolean): string | undefined => {
    const group = groups.find((entry) => entry !== undefined && isGroup(entry.controllers));
    const mount = mounts.find((entry) => entry !== undefined && isMount(entry));
    if (group === undefined || mount === undefined) return undefined;
    const below = relative(mount.root, group.path); // a container sees only the part of the hierarchy that is mounted for it
    return below.startsWith('..') ? undefined : join(mount.point, below);
  };
  const legacy = (controller: string): string | undefined =>
    folder(
      (controllers) => controllers.includes(controller),
      (mount) => mount.type === 'cgroup' && mount.options.includes(controller),
    );
  return {
    unified: folder(
      (controllers) => controllers.length === 0,
      (mount) => mount.type === 'cgroup2',
    ),
    memory: legacy('memory'),
    pids: legacy('pids'),
  };
}

type Mount = { readonly root: string; readonly point: string; readonly type: string; readonly options: readonly string[] };
type Group = { readonly controllers: readonly string[]; readonly path: string };

// "36 35 98:0 /root /point options optional... - type source super-options"
function parseMount(line: string): Mount | undefined {
  const [before = '', after = ''] = line.split(' - ');
  const [, , , root, point] = before.split(' ');
  const [type, , options = ''] = after.split(' ');
  return root === undefined || point === undefined || type === undefined ? undefined : { root, point, type, options: options.split(',') };
}

// "4:memory:/path", and "0::/path" for version 2
function parseGroup(line: string): Group | undefined {
  const [, id, controllers = '', path] = /^(\d+):([^:]*):(\/.*)$/u.exec(line) ?? [];
  return id === undefined || path === undefined ? undefined : { controllers: controllers === '' ? [] : controllers.split(','), path };
}
