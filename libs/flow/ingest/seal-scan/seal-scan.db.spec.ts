import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@lib/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStages, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { sealScan } from './seal-scan.ts';

let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

function sourceFolder(): string {
  const folder = mkdtempSync(join(stages.scratch, 'source-'));
  writeFileSync(join(folder, 'a.js'), 'const a = 1;\n');
  return folder;
}

async function scanOf(path: string): Promise<TestScan> {
  const tenantId = await stages.addTenant();
  return stages.addScan({ tenantId, repositoryId: await stages.addRepository(tenantId, path) });
}

async function seal(scan: TestScan): Promise<void> {
  const { job } = await stages.hold(scan, 'ingest.seal');
  await sealScan(stages.deps, job);
}

describe('sealScan', () => {
  it('a_source_becomes_a_sealed_tree_whose_digest_the_scan_keeps_and_the_next_job_is_written', async () => {
    const scan = await scanOf(sourceFolder());
    await seal(scan);
    const row = await stages.scanRow(scan);
    expect(row).toMatchObject({ state: 'running', stage: 'ingest', files_total: 1 });
    expect(row['tree_sha256']).toMatch(/^[0-9a-f]{64}$/u);
    expect(existsSync(join(scan.folder.tree, 'manifest.json'))).toBe(true);
    expect(await stages.jobs(scan)).toEqual([
      { kind: 'ingest.seal', state: 'done' },
      { kind: 'scan.analyze', state: 'pending' },
    ]);
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.started', 'scan.sealed']);
  });

  it.each([
    ['ingest.folder_missing', (folder: string) => rmSync(folder, { recursive: true })],
    [
      'ingest.not_a_folder',
      (folder: string) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, 'x');
      },
    ],
  ])('a_source_that_cannot_be_read_ends_the_scan_as_failed_%s', async (code, breakIt) => {
    const folder = sourceFolder();
    const scan = await scanOf(folder);
    breakIt(folder);
    await seal(scan);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', stage: 'done', error_code: code });
    expect(await stages.jobs(scan)).toEqual([{ kind: 'ingest.seal', state: 'done' }]);
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.started', 'scan.finished']);
    expect(existsSync(scan.folder.root)).toBe(false);
  });

  it('a_second_attempt_starts_from_nothing_and_tells_the_start_once', async () => {
    const scan = await scanOf(sourceFolder());
    const first = await stages.hold(scan, 'ingest.seal');
    mkdirSync(scan.folder.tree, { recursive: true });
    writeFileSync(join(scan.folder.tree, 'manifest.json'), 'half');
    first.abort(new Fault('job.stopped', { internal: 'the worker is stopping' }));
    await expect(sealScan(stages.deps, first.job)).rejects.toMatchObject({ code: 'job.stopped' });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', tree_sha256: null });
    await seal(scan);
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.started', 'scan.sealed']);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', files_total: 1 });
  });

  it('a_scan_that_was_cancelled_before_is_not_started', async () => {
    const scan = await scanOf(sourceFolder());
    await stages.database.admin(`update app.scan set state = 'cancelled', stage = 'done', finished_at = now() where id = $1`, [
      scan.scanId,
    ]);
    await seal(scan);
    expect(await stages.jobs(scan)).toEqual([{ kind: 'ingest.seal', state: 'done' }]);
    expect([await stages.actions(scan.tenantId), existsSync(scan.folder.root)]).toEqual([[], false]);
  });

  it('an_attempt_that_lost_its_job_writes_nothing', async () => {
    const scan = await scanOf(sourceFolder());
    const { job } = await stages.hold(scan, 'ingest.seal');
    await stages.database.admin('update app.job set attempts = 2 where id = $1', [job.id]);
    await expect(sealScan(stages.deps, job)).rejects.toMatchObject({ code: 'job.lease_lost' });
    expect(await stages.scanRow(scan)).toMatchObject({ tree_sha256: null, files_total: 0 });
    expect(await stages.jobs(scan)).toHaveLength(1);
  });
});
