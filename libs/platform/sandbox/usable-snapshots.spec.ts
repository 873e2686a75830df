import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { snapshotFor, usableSnapshots } from './usable-snapshots.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('snapshotFor', () => {
  const snapshots = [
    { path: 'all', analyzers: ['sast', 'secrets', 'iac'] },
    { path: 'one', analyzers: ['sast'] },
  ] as const;
  const from = (asked: Parameters<typeof snapshotFor>[1]): string | undefined =>
    snapshotFor(
      snapshots.map(({ path, analyzers }) => ({ path, analyzers: [...analyzers] })),
      asked,
    );

  it('is_the_smallest_that_holds_every_analyzer_asked_for', () => {
    expect([from(['sast']), from(['secrets']), from(['sast', 'iac'])]).toEqual(['one', 'all', 'all']);
  });

  it('is_none_when_one_analyzer_is_in_no_snapshot', () => {
    expect([from(['sca']), from(['sast', 'sca']), snapshotFor([], ['sast'])]).toEqual([undefined, undefined, undefined]);
  });
});

describe('usableSnapshots', () => {
  const runtime = { runtimeDirectory: folder, nodePath: process.execPath };

  it('a_snapshot_that_this_node_does_not_take_is_not_used', async () => {
    writeFileSync(join(folder, 'other.blob'), 'made by another build');
    const snapshots = [{ path: 'other.blob', analyzers: ['sast' as const] }];
    expect(await usableSnapshots(runtime, { v: 2, nodeFlags: [], files: [], snapshots })).toEqual([]);
  });

  it('a_runtime_without_snapshots_tries_nothing', async () => {
    const nowhere = { runtimeDirectory: folder, nodePath: join(folder, 'no-node') };
    expect(await usableSnapshots(nowhere, { v: 2, nodeFlags: [], files: [], snapshots: [] })).toEqual([]);
  });
});
