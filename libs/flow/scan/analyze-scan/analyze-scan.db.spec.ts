import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { analyzerNames, treeFactsFile, type SandboxEnding, type SandboxLayers, type SandboxMessage } from '@lib/contract';
import { endScan, moveScan } from '@lib/guard/scans';
import { canonicalJson, err, Fault, ok } from '@lib/kernel';
import { localSandbox, type Sandbox, type SandboxOutcome } from '@lib/platform/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testFolder, testRuntime } from '../../../../sandbox/escape/test-runtime.ts';
import { openStages, testDraft, type HeldJob, type ScanOptions, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { analyzeScan } from './analyze-scan.ts';

let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

const walls: SandboxLayers = {
  launcher: 'native',
  noNewPrivileges: true,
  landlockAbi: 7,
  seccompStage1: true,
  seccompStage2: true,
  bubblewrap: true,
  unprivilegedUser: true,
  cgroup: false,
};

type Sealed = { readonly path?: string; readonly text?: string; readonly options?: ScanOptions };

/** A scan that `ingest.seal` has handed over: one file, and the digest of its manifest in the scan's row. */
async function sealedScan({ path = 'a.js', text = 'const a = 1;\n', options = {} }: Sealed = {}): Promise<TestScan> {
  const tenantId = await stages.addTenant();
  const scan = await stages.addScan({ tenantId, repositoryId: await stages.addRepository(tenantId) }, options);
  const digest = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');
  const blob = digest(text);
  mkdirSync(join(scan.folder.tree, 'blobs', blob.slice(0, 2)), { recursive: true });
  writeFileSync(join(scan.folder.tree, 'blobs', blob.slice(0, 2), blob), text);
  const manifest = canonicalJson({ v: 1, files: [{ path, bytes: text.length, sha256: blob }] });
  writeFileSync(join(scan.folder.tree, 'manifest.json'), manifest);
  const facts = { files: 1, bytes: text.length, sha256: digest(manifest), coverage: [], coverageCounts: {} };
  writeFileSync(join(scan.folder.tree, treeFactsFile), JSON.stringify(facts));
  await stages.deps.tenancy.withTenant(scan.context, 'hand over', (tx) =>
    moveScan(tx, scan.scanId, { stage: 'ingest', filesTotal: 1, treeSha256: facts.sha256 }),
  );
  return scan;
}

type Script = {
  readonly messages?: readonly SandboxMessage[];
  readonly ending?: SandboxEnding;
  readonly during?: () => Promise<void> | void;
};

/** A sandbox that says what it is told to: the port is what the stage sees of it. */
function scripted({ messages = [], ending = 'finished', during }: Script): Sandbox {
  return {
    run: async (request, onMessage) => {
      for (const message of messages) await onMessage(message);
      await during?.();
      const runs = request.analyzers.map((analyzer) => ({ analyzer, ...ran }));
      const outcome: SandboxOutcome = {
        ending: request.signal?.aborted === true ? 'cancelled' : ending,
        detail: '',
        layers: walls,
        runs: ending === 'finished' ? runs : [],
        findingCount: messages.filter((message) => message.type === 'finding').length,
        coverage: [],
        coverageCounts: {},
        stderrBytes: 0,
      };
      return ok(outcome);
    },
  };
}

const ran = {
  version: '1',
  ruleDigest: '0'.repeat(64),
  filesWanted: 1,
  filesAnalyzed: 1,
  bytesAnalyzed: 13,
  findingCount: 0,
  durationMs: 1,
  finished: true,
  notes: [],
};
const finding: SandboxMessage = { type: 'finding', finding: testDraft('a') };

async function analyze(scan: TestScan, sandbox: Sandbox, held?: HeldJob<'scan.analyze'>): Promise<void> {
  const { job } = held ?? (await stages.hold(scan, 'scan.analyze'));
  await analyzeScan({ ...stages.deps, sandbox }, job);
}

const bothJobs = [
  { kind: 'scan.analyze', state: 'done' },
  { kind: 'findings.record', state: 'pending' },
];

describe('analyzeScan', () => {
  it('what_was_found_is_left_with_its_digest_and_a_certificate_for_the_next_stage', async () => {
    const scan = await sealedScan();
    await analyze(scan, scripted({ messages: [finding] }));
    const [row] = await stages.database.admin(`select encode(drafts_sha256, 'hex') as digest, coverage from app.scan where id = $1`, [
      scan.scanId,
    ]);
    const drafts = readFileSync(scan.folder.drafts);
    expect(row?.['digest']).toBe(createHash('sha256').update(drafts).digest('hex'));
    expect(row?.['coverage']).toMatchObject({ complete: true, filesInTree: 1, sandbox: walls });
    expect(drafts.toString('utf8')).toBe(`${JSON.stringify(testDraft('a'))}\n`);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', stage: 'record', finding_count: 1 });
    expect(await stages.jobs(scan)).toEqual(bothJobs);
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.analyzed']);
  });

  it.each<readonly [string, ScanOptions, number]>([
    ['ten minutes, where it asked for none', {}, 10 * 60_000],
    ['as long as it asked for', { wallMs: 7_200_000 }, 7_200_000],
  ])('an_analysis_may_take_%s', async (_, options, wallMs) => {
    const scan = await sealedScan({ options });
    const asked: number[] = [];
    const { run } = scripted({});
    await analyze(scan, {
      run: (request, onMessage) => {
        asked.push(request.wallMs);
        return run(request, onMessage);
      },
    });
    expect(asked).toEqual([wallMs]);
  });

  it('missing_walls_end_the_scan_as_failed_and_nothing_of_the_tree_stays', async () => {
    const scan = await sealedScan();
    await analyze(scan, { run: () => Promise.resolve(err({ code: 'sandbox.layers_missing', missing: ['seccomp'] })) });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'sandbox.layers_missing', coverage: null });
    expect(await stages.scanRow(scan)).toMatchObject({ missing_layers: ['seccomp'] });
    expect(await stages.jobs(scan)).toEqual([{ kind: 'scan.analyze', state: 'done' }]);
    expect(existsSync(scan.folder.root)).toBe(false);
  });

  it('an_attempt_to_escape_is_in_the_audit_log_is_not_tried_again_and_leaves_the_scan_incomplete', async () => {
    const scan = await sealedScan();
    await analyze(scan, scripted({ messages: [finding], ending: 'escape_attempt' }));
    expect(await stages.actions(scan.tenantId)).toEqual(['sandbox.escape_attempt', 'scan.analyzed']);
    expect(await stages.jobs(scan)).toEqual(bothJobs);
    expect((await stages.scanRow(scan))['coverage']).toMatchObject({ complete: false, counts: { analyzer_failed: analyzerNames.length } });
  });

  it.each(['timed_out', 'crashed', 'protocol_error'] as const)(
    'an_analysis_that_ended_%s_keeps_what_it_found_and_is_not_complete',
    async (ending) => {
      const scan = await sealedScan();
      await analyze(scan, scripted({ messages: [finding], ending }));
      expect(await stages.scanRow(scan)).toMatchObject({
        state: 'running',
        stage: 'record',
        finding_count: 1,
        coverage: { complete: false },
      });
      expect(await stages.actions(scan.tenantId)).toEqual(['scan.analyzed']);
    },
  );

  it.each([
    ['is_not_the_one_that_was_sealed', (scan: TestScan) => appendFileSync(join(scan.folder.tree, 'manifest.json'), ' ')],
    ['has_no_manifest', (scan: TestScan) => rmSync(join(scan.folder.tree, 'manifest.json'))],
    ['is_gone_with_its_folder', (scan: TestScan) => rmSync(scan.folder.root, { recursive: true })],
    ['has_other_facts', (scan: TestScan) => writeFileSync(join(scan.folder.tree, treeFactsFile), '{')],
  ])('a_tree_that_%s_ends_the_scan_as_failed_and_nothing_runs', async (_name, change) => {
    const scan = await sealedScan();
    change(scan);
    const sandbox: Sandbox = { run: () => Promise.reject(new Error('must not run')) };
    await analyze(scan, sandbox);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'scan.tree_altered' });
    expect(await stages.jobs(scan)).toEqual([{ kind: 'scan.analyze', state: 'done' }]);
  });

  it('nothing_more_is_written_once_the_scan_was_cancelled_while_it_ran', async () => {
    const scan = await sealedScan();
    const held = await stages.hold(scan, 'scan.analyze');
    const cancel = async (): Promise<void> => {
      await stages.deps.tenancy.withTenant(scan.context, 'cancel', (tx) =>
        endScan(stages.deps, tx, { scanId: scan.scanId, state: 'cancelled' }),
      );
      await stages.database.admin(`update app.job set state = 'cancelled', finished_at = now() where id = $1`, [held.job.id]);
    };
    let atCancel: unknown;
    const during = async (): Promise<void> => {
      await cancel();
      atCancel = await everything(scan);
    };
    // the worker has not even heard of it yet: the fence alone must hold
    await expect(analyze(scan, scripted({ messages: [finding], during }), held)).rejects.toMatchObject({ code: 'job.lease_lost' });
    expect(await everything(scan)).toEqual(atCancel);
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.cancelled']);
  });

  it('a_job_that_is_stopped_with_its_worker_is_thrown_back_and_the_scan_lives', async () => {
    const scan = await sealedScan();
    const held = await stages.hold(scan, 'scan.analyze');
    const during = (): void => held.abort(new Fault('job.stopped', { internal: 'the worker is stopping' }));
    await expect(analyze(scan, scripted({ messages: [finding], during }), held)).rejects.toMatchObject({ code: 'job.stopped' });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', stage: 'analyze' });
    expect(await stages.jobs(scan)).toEqual([{ kind: 'scan.analyze', state: 'running' }]);
    expect(existsSync(scan.folder.tree)).toBe(true);
    await analyze(scan, scripted({ messages: [finding] }));
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', stage: 'record' });
    expect(readFileSync(scan.folder.drafts, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  it('a_progress_report_that_cannot_be_written_does_not_end_the_analysis', async () => {
    const scan = await sealedScan();
    const { job } = await stages.hold(scan, 'scan.analyze');
    const { tenancy } = stages.deps;
    const failing: typeof tenancy = {
      ...tenancy,
      withTenant: (context, purpose, fn) =>
        purpose === 'scan.progress'
          ? Promise.reject(new Fault('db.unavailable', { internal: 'away' }))
          : tenancy.withTenant(context, purpose, fn),
    };
    const progress: SandboxMessage = { type: 'progress', analyzer: 'sast', filesDone: 1, filesTotal: 1, findingCount: 1 };
    await analyzeScan({ ...stages.deps, tenancy: failing, sandbox: scripted({ messages: [progress, finding] }) }, job);
    expect(await stages.scanRow(scan)).toMatchObject({ stage: 'record', finding_count: 1 });
  });
});

describe.skipIf(process.platform !== 'linux')('analyzeScan behind the real walls', () => {
  const folder = testFolder();
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = localSandbox({ runtimeDirectory: await testRuntime(folder.path, 'misbehaving-runner.ts'), stageInto: [folder.path] });
  });
  afterAll(() => folder.remove());
  const behaving = (text: string): Promise<TestScan> => sealedScan({ path: 'behaviour', text, options: { analyzers: ['sast'] } });

  it('an_analyzer_that_does_its_work_makes_a_complete_certificate_with_the_walls_that_stood', async () => {
    const scan = await behaving('good');
    await analyze(scan, sandbox);
    const { coverage } = await stages.scanRow(scan);
    expect(coverage).toMatchObject({
      complete: true,
      filesInTree: 1,
      sandbox: { noNewPrivileges: true, seccompStage1: true, seccompStage2: true },
    });
    expect(await stages.actions(scan.tenantId)).toEqual(['scan.analyzed']);
  });

  it('an_analyzer_that_calls_ptrace_is_an_escape_attempt_in_the_audit_log', async () => {
    const scan = await behaving('raw ptrace');
    await analyze(scan, sandbox);
    expect(await stages.actions(scan.tenantId)).toEqual(['sandbox.escape_attempt', 'scan.analyzed']);
    expect((await stages.scanRow(scan))['coverage']).toMatchObject({ complete: false });
    expect(await stages.jobs(scan)).toEqual(bothJobs);
  });
});

function everything(scan: TestScan): Promise<unknown> {
  return Promise.all([stages.scanRow(scan), stages.events(scan), stages.jobs(scan), stages.actions(scan.tenantId)]);
}
