import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '@lib/contract';
import { openStages, type Stages, type TestScan } from '../../../tools/testing/stages.ts';
import { endScan, findScanWork, moveScan, scanFolder, sweepArchives, sweepScanFolders } from './index.ts';

let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

async function newScan(): Promise<TestScan> {
  const tenantId = await stages.addTenant();
  return stages.addScan({ tenantId, repositoryId: await stages.addRepository(tenantId) });
}
const end = (scan: TestScan, state: 'succeeded' | 'failed' | 'cancelled' | 'incomplete'): Promise<boolean> =>
  stages.deps.tenancy.withTenant(scan.context, 'end', (tx) => endScan(stages.deps, tx, { scanId: scan.scanId, state }));
const move = (scan: TestScan, filesDone: number): Promise<boolean> =>
  stages.deps.tenancy.withTenant(scan.context, 'move', (tx) => moveScan(tx, scan.scanId, { stage: 'analyze', filesTotal: 100, filesDone }));
const seqs = async (scan: TestScan): Promise<readonly number[]> => (await stages.events(scan)).map((event) => Number(event['seq']));

describe('the life of a scan', () => {
  it('a_scan_reaches_exactly_one_end_state_however_many_try_at_once', async () => {
    const scan = await newScan();
    const states = ['succeeded', 'failed', 'cancelled', 'incomplete'] as const;
    const ends = await Promise.all(Array.from({ length: 12 }, (_, index) => end(scan, states[index % 4] ?? 'failed')));
    expect(ends.filter(Boolean)).toHaveLength(1);
    const won = states[ends.indexOf(true) % 4];
    expect(await stages.scanRow(scan)).toMatchObject({ state: won, stage: 'done' });
    expect((await stages.events(scan)).map((event) => event['progress'])).toMatchObject([
      { stage: 'queued' },
      { stage: 'done', state: won },
    ]);
    expect(await stages.actions(scan.tenantId)).toEqual([won === 'cancelled' ? 'scan.cancelled' : 'scan.finished']);
  });

  it('a_move_that_comes_late_changes_nothing', async () => {
    const scan = await newScan();
    await end(scan, 'failed');
    const before = [await stages.scanRow(scan), await stages.events(scan), await stages.actions(scan.tenantId)];
    expect(await move(scan, 7)).toBe(false);
    expect(await end(scan, 'succeeded')).toBe(false);
    expect([await stages.scanRow(scan), await stages.events(scan), await stages.actions(scan.tenantId)]).toEqual(before);
  });

  it('events_are_dense_and_in_order_when_moves_and_an_end_race', async () => {
    const scan = await newScan();
    const moves = await Promise.all([...Array.from({ length: 20 }, (_, index) => move(scan, index)), end(scan, 'succeeded')]);
    const happened = moves.filter(Boolean).length;
    expect(await seqs(scan)).toEqual(Array.from({ length: happened + 1 }, (_, index) => index + 1));
    const stagesSeen = (await stages.events(scan)).map((event) => JSON.stringify(event['progress']).includes('"done"'));
    expect(stagesSeen.indexOf(true)).toBe(stagesSeen.length - 1);
  });

  it('figures_that_a_move_leaves_out_stay_as_they_were', async () => {
    const scan = await newScan();
    await move(scan, 40);
    await stages.deps.tenancy.withTenant(scan.context, 'move', (tx) => moveScan(tx, scan.scanId, { stage: 'record' }));
    expect(await stages.scanRow(scan)).toMatchObject({ stage: 'record', files_total: 100 });
    expect((await stages.events(scan)).at(-1)?.['progress']).toMatchObject({ filesDone: 40, filesTotal: 100 });
  });

  it('another_tenants_scan_is_neither_read_nor_moved_nor_ended', async () => {
    const [theirs, ours] = [await newScan(), await newScan()];
    const asUs = { ...theirs, context: ours.context };
    const before = [await stages.scanRow(theirs), await stages.events(theirs)];
    expect(await move(asUs, 1)).toBe(false);
    expect(await end(asUs, 'cancelled')).toBe(false);
    expect(await stages.deps.tenancy.withTenant(ours.context, 'read', (tx) => findScanWork(tx, theirs.scanId))).toBeUndefined();
    expect([await stages.scanRow(theirs), await stages.events(theirs)]).toEqual(before);
    expect(await stages.actions(ours.tenantId)).toEqual([]);
  });
});

describe('sweepArchives', () => {
  it('removes_only_uploads_that_are_older_than_they_are_kept', async () => {
    const workDirectory = join(stages.scratch, 'uploads');
    const scan = await newScan();
    const folder = join(workDirectory, scan.tenantId, 'archives');
    mkdirSync(folder, { recursive: true });
    mkdirSync(join(workDirectory, 'not-a-tenant', 'archives'), { recursive: true });
    for (const name of ['old', 'young']) writeFileSync(join(folder, name), 'x');
    writeFileSync(join(workDirectory, 'not-a-tenant', 'archives', 'old'), 'x');
    const nowMs = Date.UTC(2030, 0, 2);
    for (const [name, ageMs] of [
      ['old', limits.archiveKeepMs + 1_000],
      ['young', limits.archiveKeepMs - 1_000],
    ] as const) {
      utimesSync(join(folder, name), new Date(nowMs - ageMs), new Date(nowMs - ageMs));
    }
    expect(await sweepArchives({ workDirectory, clock: { nowMs: () => nowMs } })).toBe(1);
    expect([existsSync(join(folder, 'old')), existsSync(join(folder, 'young'))]).toEqual([false, true]);
    expect(existsSync(join(workDirectory, 'not-a-tenant', 'archives', 'old'))).toBe(true);
    expect(await sweepArchives({ workDirectory: join(workDirectory, 'absent'), clock: { nowMs: () => nowMs } })).toBe(0);
  });
});

describe('sweepScanFolders', () => {
  it('removes_only_folders_of_scans_that_have_ended_or_never_were', async () => {
    const [live, ended, foreign] = [await newScan(), await newScan(), await newScan()];
    await end(ended, 'cancelled');
    const unknown = scanFolder(stages.deps.workDirectory, { tenantId: live.tenantId, scanId: foreign.scanId });
    const strangers = [join(stages.deps.workDirectory, 'not-a-tenant', 'x'), join(stages.deps.workDirectory, live.tenantId, 'not-a-scan')];
    for (const folder of [live.folder.tree, ended.folder.tree, unknown.tree, ...strangers]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'file'), 'x');
    }
    expect(await sweepScanFolders(stages.deps)).toBe(2);
    expect([live.folder.root, ended.folder.root, unknown.root, ...strangers].map((folder) => existsSync(folder))).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
  });

  it('a_work_folder_that_is_not_there_is_nothing_to_sweep', async () => {
    expect(await sweepScanFolders({ ...stages.deps, workDirectory: join(stages.scratch, 'absent') })).toBe(0);
  });
});
