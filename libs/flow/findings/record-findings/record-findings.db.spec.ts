import { existsSync } from 'node:fs';
import { analyzerNames } from '@lib/contract';
import { moveScan } from '@lib/guard/scans';
import { Fault } from '@lib/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStages, testDraft, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { certificate, recordingIn } from './record-findings.spec-support.ts';
import { recordFindings } from './record-findings.ts';

let stages: Stages;
let recording: ReturnType<typeof recordingIn>;
beforeAll(async () => {
  stages = await openStages();
  recording = recordingIn(stages);
});
afterAll(() => stages.close());

describe('recordFindings', () => {
  it('what_a_tool_no_longer_says_is_fixed_and_what_others_say_stays', async () => {
    const of = await recording.place();
    const imported = (letter: string, tool: string) => testDraft(letter, { analyzer: 'import', ruleId: `${tool}/rule` });
    await recording.scanOf(of, { drafts: [testDraft('a')] });
    await recording.scanOf(of, { drafts: [imported('b', 'trivy')], tools: ['trivy'] });
    await recording.scanOf(of, { drafts: [imported('c', 'codeql'), imported('d', 'codeql')], tools: ['codeql'] });
    await recording.scanOf(of, { drafts: [imported('d', 'codeql')], tools: ['codeql'] });
    await recording.scanOf(of, { drafts: [testDraft('a')] });
    expect(await recording.states(of)).toEqual({ a: 'open', b: 'open', c: 'fixed', d: 'open' });
  });

  it.each(['archive', 'forge'])('results_of_a_tool_are_recorded_for_a_repository_of_kind_%s_with_nothing_to_fetch', async (kind) => {
    const of = await recording.place();
    await stages.database.admin('update app.repository set source = $2 where id = $1', [of.repositoryId, JSON.stringify({ kind })]);
    const drafts = [testDraft('a', { analyzer: 'import', ruleId: 'trivy/rule' })];
    const scan = await recording.scanOf(of, { drafts, tools: ['trivy'] });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'succeeded' });
    expect(await recording.states(of)).toEqual({ a: 'open' });
  });

  it('drafts_become_findings_with_their_proof_and_the_scan_ends_with_them', async () => {
    const of = await recording.place();
    const scan = await recording.scanOf(of, { drafts: [testDraft('a'), testDraft('b'), testDraft('a', { title: 'again' })] });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'succeeded', stage: 'done', finding_count: 2, error_code: null });
    expect([await recording.count('evidence_pack', scan), await recording.count('sighting', scan)]).toEqual([1, 2]);
    expect(await stages.actions(of.tenantId)).toEqual(['evidence.sealed', 'scan.finished']);
    expect(await stages.jobs(scan)).toEqual([
      { kind: 'findings.record', state: 'done' },
      { kind: 'evidence.expire', state: 'pending' },
    ]);
    expect(existsSync(scan.folder.root)).toBe(false);
  });

  it('the_score_is_stored_with_the_factors_that_it_is_the_sum_of', async () => {
    const of = await recording.place();
    await recording.scanOf(of, { drafts: [testDraft('a', { severity: 'critical', confidence: 'medium' })] });
    const factors = [
      { name: 'severity critical', points: 70 },
      { name: 'confidence medium', points: 10 },
    ];
    expect(await recording.findings(of)).toMatchObject([{ score: 80, factors }]);
  });

  it.each([
    ['findings.drafts_altered', (line: string) => line.replace('finding a', 'finding x')],
    ['findings.drafts_altered', (line: string) => `${line}${line}`],
    ['findings.drafts_altered', () => ''],
    ['findings.drafts_altered', () => 'no json at all'],
  ])('drafts_that_are_not_those_that_were_handed_over_end_the_scan_as_failed_%s', async (code, change) => {
    const of = await recording.place();
    const draft = testDraft('a');
    const scan = await recording.record(await recording.analysed(of, { drafts: [draft] }, change(`${JSON.stringify(draft)}\n`)));
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: code, finding_count: 0 });
    expect(await recording.findings(of)).toEqual([]);
    expect(await recording.count('evidence_pack', scan)).toBe(0);
    expect(await stages.jobs(scan)).toEqual([{ kind: 'findings.record', state: 'done' }]);
  });

  it('drafts_that_are_gone_end_the_scan_as_failed_with_that_code', async () => {
    const scan = await stages.addScan(await recording.place());
    await stages.deps.tenancy.withTenant(scan.context, 'hand over', (tx) =>
      moveScan(tx, scan.scanId, { stage: 'record', coverage: certificate(true, analyzerNames), draftsSha256: '0'.repeat(64) }),
    );
    await recording.record(scan);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed', error_code: 'findings.drafts_missing' });
  });

  it('a_crash_between_the_seal_and_the_commit_leaves_one_pack_that_is_cited_and_no_finding_twice', async () => {
    const of = await recording.place();
    const scan = await recording.analysed(of, { drafts: [testDraft('a'), testDraft('b')] });
    const first = await stages.hold(scan, 'findings.record');
    const sealedThenCrash = { ...stages.deps.objects, put: putThen(() => first.abort(new Fault('job.stopped', { internal: 'crash' }))) };
    await expect(recordFindings({ ...stages.deps, objects: sealedThenCrash }, first.job)).rejects.toThrow('crash');
    expect(await recording.findings(of)).toEqual([]);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running' });
    await recording.record(scan);
    expect([await recording.count('evidence_pack', scan), await recording.count('sighting', scan)]).toEqual([1, 2]);
    expect((await recording.findings(of)).map((row) => row['title'])).toEqual(['finding a', 'finding b']);
    // the first attempt's object is not read, not cited, and goes when the sweep is due
    const { items } = await stages.deps.objects.list({ prefix: `evidence/${scan.tenantId}/${scan.scanId}/`, itemsMax: 1000 });
    expect(items).toHaveLength(2);
    const cited = await stages.database.admin('select object_key from app.evidence_pack where scan_id = $1', [scan.scanId]);
    expect(items.map(({ key }) => key)).toContain(cited[0]?.['object_key']);
    expect((await stages.jobs(scan)).map(({ kind }) => kind)).toContain('evidence.expire');
  });

  it('while_the_object_store_is_away_the_scan_waits_nothing_is_half_cited_and_then_it_ends_as_ever', async () => {
    const of = await recording.place();
    const drafts = Array.from({ length: 40 }, (_, at) => testDraft(`number ${String(at)}`));
    const scan = await recording.analysed(of, { drafts });
    for (const code of ['objects.unavailable', 'objects.disk_full', 'kms.unavailable']) {
      const { job } = await stages.hold(scan, 'findings.record');
      const away = { put: () => Promise.reject(new Fault(code, { internal: 'away' })) };
      await expect(recordFindings({ ...stages.deps, objects: away }, job)).rejects.toMatchObject({ code });
      expect(await stages.scanRow(scan)).toMatchObject({ state: 'running', stage: 'record' });
      expect([await recording.findings(of), await recording.count('evidence_pack', scan), await recording.count('sighting', scan)]).toEqual(
        [[], 0, 0],
      );
      expect(await stages.actions(of.tenantId)).toEqual([]);
      expect(existsSync(scan.folder.drafts)).toBe(true);
    }
    await recording.record(scan);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'succeeded', finding_count: 40 });
    expect(await recording.count('sighting', scan)).toBe(40);
  });

  it('a_job_that_is_no_longer_held_writes_nothing_at_all', async () => {
    const of = await recording.place();
    const scan = await recording.analysed(of, { drafts: [testDraft('a')] });
    const { job } = await stages.hold(scan, 'findings.record');
    await stages.database.admin('update app.job set attempts = 2 where id = $1', [job.id]);
    await expect(recordFindings(stages.deps, job)).rejects.toMatchObject({ code: 'job.lease_lost' });
    expect([await recording.findings(of), await recording.count('evidence_pack', scan), await stages.actions(of.tenantId)]).toEqual([
      [],
      0,
      [],
    ]);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running' });
  });

  it('a_scan_that_ended_while_its_evidence_was_sealed_gets_no_findings', async () => {
    const of = await recording.place();
    const scan = await recording.analysed(of, { drafts: [testDraft('a')] });
    const { job } = await stages.hold(scan, 'findings.record');
    const end = `update app.scan set state = 'failed', stage = 'done', finished_at = now() where id = $1`;
    const sealedThenEnded = { ...stages.deps.objects, put: putThen(() => stages.database.admin(end, [scan.scanId])) };
    await recordFindings({ ...stages.deps, objects: sealedThenEnded }, job);
    expect([await recording.findings(of), await recording.count('sighting', scan), await stages.actions(of.tenantId)]).toEqual([[], 0, []]);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'failed' });
    expect((await stages.jobs(scan)).map(({ kind }) => kind)).toContain('evidence.expire'); // and what was sealed will be swept
  });

  it('a_scan_that_was_cancelled_meanwhile_gets_no_findings', async () => {
    const of = await recording.place();
    const scan = await recording.analysed(of, { drafts: [testDraft('a')] });
    await stages.database.admin(`update app.scan set state = 'cancelled', stage = 'done', finished_at = now() where id = $1`, [
      scan.scanId,
    ]);
    await recording.record(scan);
    expect([await recording.findings(of), await stages.actions(of.tenantId)]).toEqual([[], []]);
    expect(existsSync(scan.folder.root)).toBe(false);
  });
});

describe('a later scan of the same repository', () => {
  it('renews_closes_what_is_gone_and_reopens_what_is_back_while_the_first_scan_stays', async () => {
    const of = await recording.place();
    const first = await recording.scanOf(of, { drafts: [testDraft('a'), testDraft('b')] });
    const second = await recording.scanOf(of, { drafts: [testDraft('a', { severity: 'low' })] });
    expect(await recording.states(of)).toEqual({ a: 'open', b: 'fixed' });
    expect(await recording.findings(of)).toMatchObject([
      { first_scan_id: first.scanId, last_scan_id: second.scanId, score: 32 },
      { first_scan_id: first.scanId, last_scan_id: first.scanId },
    ]);
    await recording.scanOf(of, { drafts: [testDraft('b')] });
    expect(await recording.states(of)).toEqual({ a: 'fixed', b: 'reopened' });
    expect((await recording.findings(of)).map((row) => row['first_scan_id'])).toEqual([first.scanId, first.scanId]);
  });

  it('keeps_what_was_decided_until_it_is_gone_and_its_history_names_the_scans_that_moved_it', async () => {
    const of = await recording.place();
    await recording.scanOf(of, { drafts: [testDraft('a')] });
    await stages.database.admin(`update app.finding set state = 'confirmed' where tenant_id = $1`, [of.tenantId]);
    await recording.scanOf(of, { drafts: [testDraft('a')] });
    expect(await recording.states(of)).toEqual({ a: 'confirmed' });
    const gone = await recording.scanOf(of, { drafts: [] });
    const back = await recording.scanOf(of, { drafts: [testDraft('a')] });
    await recording.scanOf(of, { drafts: [testDraft('a')] });
    const acts = await stages.database.admin(
      'select from_state, to_state, scan_id, actor_type from app.finding_act where tenant_id = $1 order by at',
      [of.tenantId],
    );
    expect(acts).toEqual([
      { from_state: 'confirmed', to_state: 'fixed', scan_id: gone.scanId, actor_type: 'worker' },
      { from_state: 'fixed', to_state: 'reopened', scan_id: back.scanId, actor_type: 'worker' },
    ]);
  });

  it('that_is_incomplete_closes_nothing', async () => {
    const of = await recording.place();
    await recording.scanOf(of, { drafts: [testDraft('a')] });
    const scan = await recording.scanOf(of, { drafts: [], complete: false });
    expect(await recording.states(of)).toEqual({ a: 'open' });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'incomplete', error_code: 'scan.not_all_covered' });
  });

  it.each([
    ['timed_out', 'scan.timed_out'],
    ['crashed', 'scan.analyzer_crashed'],
    ['escape_attempt', 'sandbox.escape_attempt'],
    ['protocol_error', 'sandbox.protocol_error'],
  ] as const)('that_is_incomplete_because_its_analysis_%s_says_so', async (ending, code) => {
    const scan = await recording.scanOf(await recording.place(), { drafts: [testDraft('a')], complete: false, ending });
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'incomplete', error_code: code, finding_count: 1 });
  });

  it('closes_only_for_the_analyzers_that_ran', async () => {
    const of = await recording.place();
    await recording.scanOf(of, { drafts: [testDraft('a'), testDraft('b', { analyzer: 'secrets', ruleId: 'secret/jwt' })] });
    await recording.scanOf(of, { drafts: [], analyzers: ['secrets'] });
    expect(await recording.states(of)).toEqual({ a: 'open', b: 'fixed' });
  });

  it('leaves_other_repositories_and_other_tenants_as_they_are', async () => {
    const [ours, theirs] = [await recording.place(), await recording.place()];
    const sibling = { tenantId: ours.tenantId, repositoryId: await stages.addRepository(ours.tenantId) };
    for (const of of [ours, theirs, sibling]) await recording.scanOf(of, { drafts: [testDraft('a')] });
    await recording.scanOf(ours, { drafts: [] });
    expect([await recording.states(ours), await recording.states(theirs), await recording.states(sibling)]).toEqual([
      { a: 'fixed' },
      { a: 'open' },
      { a: 'open' },
    ]);
  });

  it('never_writes_into_another_tenants_repository_even_when_a_job_names_it', async () => {
    const [ours, theirs] = [await recording.place(), await recording.place()];
    const scan = await recording.analysed(theirs, { drafts: [testDraft('a')] });
    const foreign: TestScan = { ...scan, tenantId: ours.tenantId };
    await recording.record(foreign);
    expect([await recording.findings(theirs), await recording.findings({ ...theirs, tenantId: ours.tenantId })]).toEqual([[], []]);
    expect(await stages.scanRow(scan)).toMatchObject({ state: 'running' });
  });
});

function putThen(then: () => unknown): Stages['deps']['objects']['put'] {
  return async (...args) => {
    const stored = await stages.deps.objects.put(...args);
    await then();
    return stored;
  };
}
