import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rmdir, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@lib/contract';
import { ownCgroup, type OwnCgroup } from './own-cgroup.ts';

/** Bounds of one run. Units: bytes of memory, page cache and kernel memory included; processes and threads. */
export type CgroupBounds = { readonly memoryBytesMax: number; readonly threadsMax: number };

/** A control group of one run. */
export type RunCgroup = {
  /** Open on each `cgroup.procs` that the process has to enter. */
  readonly doors: readonly number[];
  /** True when the kernel has killed something in it for want of memory. */
  readonly ranOutOfMemory: () => Promise<boolean>;
  /** Closes the doors and removes the group once it is empty. Never throws: what stays is swept by a later start. */
  readonly remove: () => Promise<void>;
};

/** Where this process may make control groups: below which folders, with which files. Undefined where nothing is delegated to it. */
export type CgroupPlace = { readonly version: 1 | 2; readonly parents: readonly string[] };

const namePattern = /^aegis-run-(\d+)-[0-9a-f-]{36}$/u;

/**
 * Looks whether control groups are delegated to us: in version 2 a folder with the memory and pids controllers for its children, in
 * version 1 the folders of both. Found out by making one. Removes what killed supervisors have left.
 */
export async function findCgroupPlace(own?: OwnCgroup): Promise<CgroupPlace | undefined> {
  for (const place of candidates(own ?? (await readOwnCgroup()))) {
    if (place.version === 2) await enableControllers(place);
    const trial = await makeRunCgroup(place, { memoryBytesMax: limits.cgroupTrialBytes, threadsMax: limits.analyzerThreadsMax });
    if (trial === undefined) continue;
    await trial.remove();
    await sweep(place);
    return place;
  }
  return undefined;
}

async function readOwnCgroup(): Promise<OwnCgroup> {
  const [groups, mounts] = await Promise.all(
    ['/proc/self/cgroup', '/proc/self/mountinfo'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return ownCgroup(groups ?? '', mounts ?? '');
}

// Below our own first. A group with processes in it cannot have controllers for children (the "no internal processes" rule): then beside
// us, as a service is set up that has its processes in a subgroup.
function candidates({ unified, memory, pids }: OwnCgroup): readonly CgroupPlace[] {
  return [
    ...(unified === undefined ? [] : [unified, dirname(unified)].map((parent): CgroupPlace => ({ version: 2, parents: [parent] }))),
    ...(memory === undefined || pids === undefined ? [] : [{ version: 1, parents: [memory, pids] } as const]),
  ];
}

async function enableControllers({ parents: [parent = ''] }: CgroupPlace): Promise<void> {
  const file = join(parent, 'cgroup.subtree_control');
  const owner = await stat(file).catch(() => undefined);
  const enabled = await readFile(file, 'utf8').catch(() => '');
  if (owner === undefined || owner.uid !== process.getuid?.() || /\bmemory\b.*\bpids\b|\bpids\b.*\bmemory\b/u.test(enabled)) return;
  await writeFile(file, '+memory +pids').catch(() => undefined); // refused where processes are in it: the trial tells
}

/** Makes the group of one run with its bounds; undefined when the place does not let us. `makeFolder` is the kernel's part. */
export async function makeRunCgroup(
  place: CgroupPlace,
  bounds: CgroupBounds,
  makeFolder: (path: string) => Promise<unknown> = mkdir,
): Promise<RunCgroup | undefined> {
  const name = `aegis-run-${String(process.pid)}-${randomUUID()}`;
  const folders = place.parents.map((parent) => join(parent, name));
  const doors: FileHandle[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(doors.map((door) => door.close().catch(() => undefined)));
    await Promise.all(folders.map(removeFolder));
  };
  try {
    for (const folder of folders) await makeFolder(folder);
    for (const [index, file, value] of boundFiles(place, bounds)) await writeFile(join(folders[index] ?? '', file), value, { flag: 'r+' });
    for (const folder of folders) doors.push(await open(join(folder, 'cgroup.procs'), 'r+'));
  } catch {
    await remove();
    return undefined;
  }
  const ranOutOfMemory = async (): Promise<boolean> => {
    const text = await readFile(join(folders[0] ?? '', place.version === 2 ? 'memory.events' : 'memory.oom_control'), 'utf8').catch(
      () => '',
    );
    return Number(/^oom_kill (\d+)$/mu.exec(text)?.[1] ?? '0') > 0;
  };
  return { doors: doors.map((door) => door.fd), ranOutOfMemory, remove };
}

type BoundFile = readonly [folder: number, file: string, value: string];

function boundFiles({ version }: CgroupPlace, { memoryBytesMax, threadsMax }: CgroupBounds): readonly BoundFile[] {
  const [memory, threads] = [String(memoryBytesMax), String(threadsMax)];
  return version === 2
    ? [
        [0, 'memory.max', memory],
        [0, 'memory.swap.max', '0'], // a bound that moves to the disk is none
        [0, 'pids.max', threads],
      ]
    : [
        [0, 'memory.limit_in_bytes', memory],
        [0, 'memory.swappiness', '0'],
        [1, 'pids.max', threads],
      ];
}

async function removeFolder(folder: string): Promise<void> {
  for (let attempt = 1; attempt <= limits.cgroupRemoveAttemptsMax; attempt += 1) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EBUSY')) return;
      await pause(limits.cgroupRemovePauseMs); // the last process in it is still being taken down
    }
  }
}

async function sweep({ parents }: CgroupPlace): Promise<void> {
  for (const parent of parents) {
    for (const name of await readdir(parent).catch(() => [])) {
      const pid = namePattern.exec(name)?.[1];
      if (pid !== undefined && !isAlive(Number(pid))) await rmdir(join(parent, name)).catch(() => undefined);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
