import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findCgroupPlace, makeRunCgroup } from './run-cgroup.ts';

// What a machine has delegated is its own affair (sandbox/testing/endings.spec.ts runs on the real thing, whatever it is). Here a plain
// folder stands for the kernel's: it has none of its files, so that every way of not being delegated is met.
const folder = mkdtempSync(join(tmpdir(), 'aegis-cgroup-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const nothing = { unified: undefined, memory: undefined, pids: undefined };
const bounds = { memoryBytesMax: 1_000_000, threadsMax: 7 };

describe('findCgroupPlace', () => {
  it('finds_none_where_nothing_is_mounted', async () => {
    expect(await findCgroupPlace(nothing)).toBeUndefined();
  });

  it('finds_none_where_a_new_group_has_no_controllers_and_leaves_nothing_behind', async () => {
    const unified = join(folder, 'parent', 'own');
    mkdirSync(unified, { recursive: true });
    expect(await findCgroupPlace({ ...nothing, unified })).toBeUndefined();
    expect([readdirSync(unified), readdirSync(join(folder, 'parent'))]).toEqual([[], ['own']]);
  });

  it('finds_none_in_version_1_unless_both_controllers_are_there', async () => {
    expect(await findCgroupPlace({ ...nothing, memory: folder })).toBeUndefined();
    expect(await findCgroupPlace({ ...nothing, pids: folder })).toBeUndefined();
  });
});

describe('makeRunCgroup', () => {
  it('makes_nothing_where_the_parent_is_gone', async () => {
    expect(await makeRunCgroup({ version: 2, parents: [join(folder, 'gone')] }, bounds)).toBeUndefined();
    expect(existsSync(join(folder, 'gone'))).toBe(false);
  });

  it('version_2_bounds_memory_swap_and_processes_and_hears_of_a_kill', async () => {
    const parent = join(folder, 'delegated');
    mkdirSync(parent);
    const made = await makeRunCgroup({ version: 2, parents: [parent] }, bounds, (path) => {
      mkdirSync(path);
      for (const file of ['memory.max', 'memory.swap.max', 'pids.max', 'cgroup.procs']) writeFileSync(join(path, file), '');
      writeFileSync(join(path, 'memory.events'), 'low 0\noom 2\noom_kill 0\n');
      return Promise.resolve();
    });
    const [name = ''] = readdirSync(parent);
    const read = (file: string): string => readFileSync(join(parent, name, file), 'utf8');
    expect([read('memory.max'), read('memory.swap.max'), read('pids.max')]).toEqual(['1000000', '0', '7']);
    expect(made?.doors).toHaveLength(1);
    expect(await made?.ranOutOfMemory()).toBe(false);
    writeFileSync(join(parent, name, 'memory.events'), 'low 0\noom 2\noom_kill 1\n');
    expect(await made?.ranOutOfMemory()).toBe(true);
    await made?.remove();
  });
});
