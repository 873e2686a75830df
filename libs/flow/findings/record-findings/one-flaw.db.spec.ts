import type { FindingDraft } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStages, testDraft, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { recordingIn, type Of } from './record-findings.spec-support.ts';

let stages: Stages;
let recording: ReturnType<typeof recordingIn>;
beforeAll(async () => {
  stages = await openStages();
  recording = recordingIn(stages);
});
afterAll(() => stages.close());

describe('one flaw', () => {
  const place3 = { path: 'src/a.js', startLine: 3, startColumn: 1, endLine: 3, endColumn: 9 };
  const tools = {
    codeql: { analyzer: 'import', ruleId: 'codeql/js/sql-injection' },
    semgrep: { analyzer: 'import', ruleId: 'semgrep/sqli' },
  } as const;
  const said = (tool: keyof typeof tools, change: Partial<FindingDraft> = {}) =>
    testDraft(`by ${tool}`, { ...tools[tool], location: place3, ...change });
  const ours = testDraft('a');
  const sightings = (of: Of) =>
    stages.database.admin(
      `select tool, ended_scan_id is null as live from app.tool_sighting where tenant_id = $1 and repository_id = $2 order by tool`,
      [of.tenantId, of.repositoryId],
    );
  const say: Readonly<Record<string, (of: Of) => Promise<TestScan>>> = {
    ours: (of) => recording.scanOf(of, { drafts: [ours] }),
    codeql: (of) => recording.scanOf(of, { drafts: [said('codeql')], tools: ['codeql'] }),
    semgrep: (of) => recording.scanOf(of, { drafts: [said('semgrep')], tools: ['semgrep'] }),
  };

  it.each([
    ['ours', 'codeql', 'semgrep'],
    ['semgrep', 'codeql', 'ours'],
    ['codeql', 'ours', 'semgrep'],
  ])('of_%s_then_%s_then_%s_is_one_finding_with_three_sightings_told_by_ours', async (...order) => {
    const of = await recording.place();
    for (const who of order) await say[who]?.(of);
    expect(await recording.findings(of)).toMatchObject([{ title: 'finding a', state: 'open' }]);
    expect(await sightings(of)).toEqual([
      { tool: 'codeql', live: true },
      { tool: 'sast', live: true },
      { tool: 'semgrep', live: true },
    ]);
  });

  it('stands_while_any_tool_sees_it_and_is_then_told_by_that_one_and_reopens_with_any', async () => {
    const of = await recording.place();
    await say['ours']?.(of);
    await say['codeql']?.(of);
    await stages.database.admin(`update app.finding set state = 'confirmed' where tenant_id = $1`, [of.tenantId]);
    await recording.scanOf(of, { drafts: [] });
    expect(await recording.findings(of)).toMatchObject([{ title: 'finding by codeql', state: 'confirmed' }]);
    await recording.scanOf(of, { drafts: [], tools: ['codeql'] });
    expect(await recording.findings(of)).toMatchObject([{ state: 'fixed' }]);
    await say['codeql']?.(of);
    expect(await recording.findings(of)).toMatchObject([{ title: 'finding by codeql', state: 'reopened' }]);
    await say['ours']?.(of);
    expect(await recording.findings(of)).toMatchObject([{ title: 'finding a', state: 'reopened' }]);
    const acts = await stages.database.admin('select to_state from app.finding_act where tenant_id = $1 order by at', [of.tenantId]);
    expect(acts.map((row) => row['to_state'])).toEqual(['fixed', 'reopened']);
  });

  it('of_two_analyzers_in_one_scan_has_the_proof_of_each', async () => {
    const of = await recording.place();
    const key = { location: place3, cwe: [798] };
    const drafts = [
      testDraft('s', { ...key, analyzer: 'secrets', ruleId: 'secret/jwt' }),
      testDraft('t', { ...key, ruleId: 'js/hard-coded-key' }),
    ];
    const scan = await recording.scanOf(of, { drafts });
    expect(await recording.findings(of)).toHaveLength(1);
    expect([await recording.count('sighting', scan), (await stages.scanRow(scan))['finding_count']]).toEqual([2, 1]);
  });

  it('in_a_renamed_file_keeps_what_was_decided_and_its_first_scan', async () => {
    const of = await recording.place();
    const lineage = { context: 'c'.repeat(32) };
    const lines = { startLine: 1, lines: ['const id = request.query.id;', 'check(id);', 'db.query(`select ${id}`);', 'done(id);'] };
    const first = await recording.scanOf(of, { drafts: [testDraft('a', { lineage, excerpt: lines })] });
    await stages.database.admin(`update app.finding set state = 'confirmed' where tenant_id = $1`, [of.tenantId]);
    await recording.scanOf(of, { drafts: [testDraft('b', { lineage, excerpt: lines })] });
    expect(await recording.findings(of)).toMatchObject([{ title: 'finding b', state: 'confirmed', first_scan_id: first.scanId }]);
  });

  it('that_tools_told_as_two_becomes_one_when_ours_knows_better_and_the_other_says_which_it_is_now', async () => {
    const of = await recording.place();
    const dependency = { purl: 'pkg:npm/lodash', installedVersion: '4', fixedVersions: [], advisoryIds: ['CVE-2020-1'] };
    const trivy = (id: string) =>
      testDraft(id, {
        analyzer: 'import',
        ruleId: `trivy/${id.toLowerCase()}`,
        location: place3,
        dependency: { ...dependency, advisoryIds: [id] },
      });
    await recording.scanOf(of, { drafts: [trivy('CVE-2020-1'), trivy('CVE-2020-2')], tools: ['trivy'] });
    expect(await recording.states(of)).toEqual({ 'CVE-2020-1': 'open', 'CVE-2020-2': 'open' });
    await stages.database.admin(`update app.finding set state = 'confirmed' where tenant_id = $1`, [of.tenantId]);
    const known = { ...dependency, advisoryIds: ['CVE-2020-1', 'CVE-2020-2'] };
    const drafts = [testDraft('both', { analyzer: 'sca', ruleId: 'sca/vulnerable', location: place3, dependency: known })];
    await recording.scanOf(of, { drafts });
    expect(Object.values(await recording.states(of)).toSorted()).toEqual(['confirmed', 'fixed']);
    await recording.scanOf(of, { drafts: [trivy('CVE-2020-1'), trivy('CVE-2020-2')], tools: ['trivy'] });
    expect(Object.values(await recording.states(of)).toSorted()).toEqual(['confirmed', 'fixed']);
    const gone = await stages.database.admin(
      'select joined_to is not null as joined from app.finding where tenant_id = $1 and state = $2',
      [of.tenantId, 'fixed'],
    );
    expect(gone).toEqual([{ joined: true }]);
  });

  it('of_a_secret_whose_variable_is_renamed_is_the_same_by_its_keyed_digest_and_its_twin_in_another_file_is_another', async () => {
    const of = await recording.place();
    const secret = (name: string, context: string, digest = 'e') =>
      testDraft(name, {
        analyzer: 'secrets',
        ruleId: 'secret/jwt',
        location: { ...place3, path: `src/${name.slice(0, 1)}.js` },
        lineage: { context: context.repeat(32), secret: digest.repeat(64) },
      });
    const first = await recording.scanOf(of, { drafts: [secret('a', '1'), secret('b', '2')] });
    await recording.scanOf(of, { drafts: [secret('a renamed', '3'), secret('b', '2')] });
    expect(await recording.findings(of)).toMatchObject([
      { title: 'finding a renamed', state: 'open', first_scan_id: first.scanId },
      { title: 'finding b', state: 'open', first_scan_id: first.scanId },
    ]);
    const kept = await stages.database.admin(
      `select count(distinct traits ->> 'secret')::int as n from app.tool_sighting where tenant_id = $1`,
      [of.tenantId],
    );
    expect(kept).toEqual([{ n: 1 }]);
  });

  it('recorded_twice_at_once_is_one_row', async () => {
    const of = await recording.place();
    await recording.scanOf(of, { drafts: [] });
    const scans = [await recording.analysed(of, { drafts: [ours] }), await recording.analysed(of, { drafts: [ours] })];
    await Promise.all(scans.map(recording.record));
    expect(await recording.findings(of)).toHaveLength(1);
  });

  it('said_again_by_all_changes_no_state_and_writes_no_history', async () => {
    const of = await recording.place();
    const both = async () => [await say['ours']?.(of), await say['codeql']?.(of)];
    await both();
    const before = await recording.findings(of);
    await both();
    expect((await recording.findings(of)).map((row) => ({ ...row, last_scan_id: null }))).toEqual(
      before.map((row) => ({ ...row, last_scan_id: null })),
    );
    expect(await stages.database.admin('select 1 from app.finding_act where tenant_id = $1', [of.tenantId])).toEqual([]);
  });
});
