import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@lib/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveIdSchema } from '@lib/contract';
import { archivePlace } from '@lib/guard/scans';
import { localSandbox, noLayers, type Unpacker } from '@lib/platform/sandbox';
import { testFolder, testRuntime } from '../../../../sandbox/escape/test-runtime.ts';
import { packed, tarOf } from '../../../../sandbox/unpack/testing/build-tar.ts';
import { gitServer } from '../../../../tools/testing/git-server.ts';
import { requirePeer } from '../../../../tools/testing/require-peer.ts';
import { openStages, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { sealGit } from '../seal-git/seal-git.ts';
import { sealScan } from './seal-scan.ts';

const git = requirePeer('git', 'apt-get install git');
let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

const never: Unpacker = { unpack: () => Promise.reject(new Error('a folder is not unpacked')) };
const deps = (unpacker: Unpacker = never) => ({ ...stages.deps, unpacker });

function sourceFolder(): string {
  const folder = mkdtempSync(join(stages.scratch, 'source-'));
  writeFileSync(join(folder, 'a.js'), 'const a = 1;\n');
  return folder;
}

async function scanOf(path: string): Promise<TestScan> {
  const tenantId = await stages.addTenant();
  return stages.addScan({ tenantId, repositoryId: await stages.addRepository(tenantId, path) });
}

async function seal(scan: TestScan, unpacker?: Unpacker): Promise<void> {
  const { job } = await stages.hold(scan, 'ingest.seal');
  await sealScan(deps(unpacker), job);
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
    await expect(sealScan(deps(), first.job)).rejects.toMatchObject({ code: 'job.stopped' });
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
    await expect(sealScan(deps(), job)).rejects.toMatchObject({ code: 'job.lease_lost' });
    expect(await stages.scanRow(scan)).toMatchObject({ tree_sha256: null, files_total: 0 });
    expect(await stages.jobs(scan)).toHaveLength(1);
  });
});

describe('sealScan, of an upload or a repository elsewhere', () => {
  let unpacker: Unpacker;
  const runtime = testFolder();
  beforeAll(async () => {
    const runtimeDirectory = await testRuntime(runtime.path, 'misbehaving-runner.ts');
    unpacker = localSandbox({ runtimeDirectory, stageInto: [join(runtime.path, 'staged')] });
  }, 120_000);
  afterAll(() => runtime.remove());

  async function uploaded(bytes: Buffer, told = bytes): Promise<{ readonly scan: TestScan; readonly file: string }> {
    const tenantId = await stages.addTenant();
    const repositoryId = await stages.addRepository(tenantId);
    const archiveId = archiveIdSchema.parse(randomUUID());
    await stages.database.admin('insert into app.archive (tenant_id, id, repository_id, bytes, sha256) values ($1, $2, $3, $4, $5)', [
      tenantId,
      archiveId,
      repositoryId,
      told.byteLength,
      createHash('sha256').update(told).digest(),
    ]);
    const scan = await stages.addScan({ tenantId, repositoryId });
    await stages.database.admin('update app.scan set archive_id = $1 where id = $2', [archiveId, scan.scanId]);
    const file = archivePlace(stages.deps.workDirectory, { tenantId, archiveId });
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, bytes);
    return { scan, file };
  }
  const archive = packed(tarOf([{ name: 'shop/a.js', body: 'const a = 1;\n' }]), 'tar.gz');

  it.runIf(git !== undefined)('a_git_source_leaves_the_commit_that_was_fetched_with_the_scan', async () => {
    const server = await gitServer();
    try {
      const commit = server.addRepository('shop', { 'a.js': 'const a = 1;' });
      const scan = await scanOf('/srv/none');
      const source = JSON.stringify({ kind: 'git', url: 'https://git.example/shop', ref: 'main' });
      await stages.database.admin('update app.repository set source = $1 where tenant_id = $2', [source, scan.tenantId]);
      const { job } = await stages.hold(scan, 'ingest.seal');
      const fetchGit: typeof sealGit = (...[given, asked]) => {
        expect(asked).toMatchObject({ url: 'https://git.example/shop', ref: 'main' });
        return sealGit(given, { ...asked, url: server.url('shop'), reach: server.reach });
      };
      await sealScan({ ...deps(unpacker), fetchGit }, job);
      expect(commit).toMatch(/^[0-9a-f]{40}$/u);
      expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', files_total: 1, commit_id: commit });
    } finally {
      await server.close();
    }
  });

  it('its_tree_is_sealed_and_its_bytes_are_gone', async () => {
    const { scan, file } = await uploaded(archive);
    await seal(scan, unpacker);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', files_total: 1, commit_id: null });
    expect([existsSync(join(scan.folder.tree, 'manifest.json')), existsSync(file)]).toEqual([true, false]);
  });

  it('a_hostile_one_ends_the_scan_with_its_code_and_leaves_nothing', async () => {
    const { scan, file } = await uploaded(packed(tarOf([{ name: 'shop/../../x', body: 'x' }]), 'tar.gz'));
    await seal(scan, unpacker);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'ingest.archive_path_traversal' });
    expect([existsSync(scan.folder.root), existsSync(file)]).toEqual([false, false]);
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.started', 'scan.finished']);
  });

  it('one_that_is_not_what_was_taken_in_is_not_unpacked', async () => {
    const { scan } = await uploaded(archive, Buffer.from('something else'));
    await seal(scan);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'ingest.archive_altered' });
  });

  it('one_whose_bytes_are_gone_ends_the_scan', async () => {
    const { scan, file } = await uploaded(archive);
    rmSync(file);
    await seal(scan);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'ingest.archive_missing' });
  });

  it('an_unpacker_that_tried_to_get_out_is_in_the_log', async () => {
    const { scan } = await uploaded(archive);
    const escaping: Unpacker = {
      unpack: () => Promise.resolve({ ok: true, value: { ending: 'escape_attempt', detail: 'SIGSYS', layers: noLayers, stderrBytes: 0 } }),
    };
    await seal(scan, escaping);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'ingest.archive_unpacker_escaped' });
    expect(await stages.actions(scan.tenantId)).toContain('sandbox.escape_attempt');
  });

  it('walls_that_are_missing_are_named_and_nothing_is_unpacked', async () => {
    const { scan } = await uploaded(archive);
    const missing = ['Landlock (Linux 5.13 or later)'];
    await seal(scan, { unpack: () => Promise.resolve({ ok: false, error: { code: 'sandbox.layers_missing', missing } }) });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'sandbox.layers_missing', missing_layers: missing });
    expect(existsSync(scan.folder.root)).toBe(false);
  });

  it('a_stopped_attempt_leaves_the_bytes_for_the_next', async () => {
    const { scan, file } = await uploaded(archive);
    const first = await stages.hold(scan, 'ingest.seal');
    first.abort(new Fault('job.stopped', { internal: 'the worker is stopping' }));
    await expect(sealScan(deps(unpacker), first.job)).rejects.toThrow();
    expect(existsSync(file)).toBe(true);
    await seal(scan, unpacker);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', files_total: 1 });
  });
});
