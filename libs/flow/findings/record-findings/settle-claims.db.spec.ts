import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { analyzerNames, type CoverageCertificate, type FindingDraft } from '@lib/contract';
import { moveScan } from '@lib/guard/scans';
import { noLayers } from '@lib/platform/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantClaim, type PlantedClaim } from '../../../../tools/testing/plant-claim.ts';
import { openStages, testDraft, type Stages, type TestScan } from '../../../../tools/testing/stages.ts';
import { recordFindings } from './record-findings.ts';

let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

type Of = Pick<TestScan, 'tenantId' | 'repositoryId'>;
const place = async (): Promise<Of> => {
  const tenantId = await stages.addTenant();
  return { tenantId, repositoryId: await stages.addRepository(tenantId) };
};

/** A whole scan that saw these. */
async function scan(of: Of, ...drafts: readonly FindingDraft[]): Promise<void> {
  const added = await stages.addScan(of);
  mkdirSync(added.folder.root, { recursive: true });
  const lines = drafts.map((draft) => `${JSON.stringify(draft)}\n`).join('');
  writeFileSync(added.folder.drafts, lines);
  const draftsSha256 = createHash('sha256').update(lines).digest('hex');
  await stages.deps.tenancy.withTenant(added.context, 'hand over', (tx) =>
    moveScan(tx, added.scanId, { stage: 'record', coverage: certificate(), draftsSha256 }),
  );
  const { job } = await stages.hold(added, 'findings.record');
  await recordFindings(stages.deps, job);
}

function certificate(): CoverageCertificate {
  const digest = '0'.repeat(64);
  const run = { version: '7', ruleDigest: digest, filesWanted: 1, filesAnalyzed: 1, bytesAnalyzed: 1, findingCount: 0, durationMs: 1 };
  const analyzers = analyzerNames.map((analyzer) => ({ analyzer, ...run, finished: true, notes: [] }));
  const tree = { filesInTree: 1, bytesInTree: 1, treeSha256: digest };
  return { complete: true, ...tree, analyzers, counts: {}, entries: [], sandbox: noLayers, ending: 'finished' };
}

const stateOf = async (of: Of, title: string): Promise<unknown> => {
  const [row] = await stages.database.admin('select state from app.finding where repository_id = $1 and title = $2', [
    of.repositoryId,
    title,
  ]);
  return row?.['state'];
};
const idOf = async (of: Of, title: string): Promise<string> => {
  const [row] = await stages.database.admin('select id from app.finding where repository_id = $1 and title = $2', [of.repositoryId, title]);
  return String(row?.['id']);
};
const claim = (of: Of, what: PlantedClaim) => plantClaim(stages.database, of.tenantId, what);
const finding = { kind: 'finding' } as const;
const a = testDraft('a');

/** A finding that a claim keeps quiet. */
async function quiet(draft = a, expiresInMs?: number): Promise<Of> {
  const of = await place();
  await scan(of, draft);
  const findings = [await idOf(of, draft.title)];
  await claim(of, { scope: finding, findings, ...(expiresInMs === undefined ? {} : { expiresInMs }) });
  return of;
}

describe('claims against a scan', () => {
  it('what_is_found_as_it_was_signed_stays_quiet_scan_after_scan', async () => {
    const of = await quiet();
    const { excerpt, location } = a;
    const moved = { ...location, startLine: location.startLine + 10, endLine: location.endLine + 10 };
    await scan(of, a);
    await scan(of, { ...a, location: moved, excerpt: { ...excerpt, startLine: excerpt.startLine + 10 } });
    expect(await stateOf(of, a.title)).toBe('accepted_risk');
  });

  it.each<[string, Partial<FindingDraft>]>([
    ['other_code', { excerpt: { startLine: a.location.startLine, lines: ['something(else)'] } }],
    ['another_version_of_the_rule', { ruleVersion: a.ruleVersion + 1 }],
    ['another_severity', { severity: 'critical' }],
  ])('%s_reopens_in_the_transaction_of_the_scan_with_history_and_event', async (_name, change) => {
    const of = await quiet();
    await scan(of, { ...a, ...change });
    expect(await stateOf(of, a.title)).toBe('reopened');
    const acts = await stages.database.admin('select from_state, to_state from app.finding_act where tenant_id = $1', [of.tenantId]);
    expect(acts).toEqual([{ from_state: 'accepted_risk', to_state: 'reopened' }]);
    expect(await stages.actions(of.tenantId)).toContain('suppressions.applied');
  });

  it('a_date_that_has_passed_reopens', async () => {
    const of = await quiet(a, -1_000);
    await scan(of, a);
    expect(await stateOf(of, a.title)).toBe('reopened');
  });

  it('what_was_gone_and_is_back_as_it_was_signed_is_quiet_again_and_otherwise_reopened', async () => {
    const of = await quiet();
    await scan(of);
    expect(await stateOf(of, a.title)).toBe('fixed');
    await scan(of, a);
    expect(await stateOf(of, a.title)).toBe('accepted_risk');
    await scan(of);
    await scan(of, { ...a, severity: 'critical' });
    expect(await stateOf(of, a.title)).toBe('reopened');
  });

  it('a_rule_in_a_folder_takes_in_what_is_new_there_and_not_what_a_person_has_confirmed_or_what_lies_beside_it', async () => {
    const of = await place();
    const at = (letter: string, path: string) => testDraft(letter, { location: { ...a.location, path } });
    const { ruleId, ruleVersion } = a;
    await scan(of, at('a', 'test/a.js'));
    await stages.database.admin(`update app.finding set state = 'confirmed' where id = $1`, [await idOf(of, 'finding a')]);
    await claim(of, { scope: { kind: 'rule', repositoryId: of.repositoryId, path: 'test', ruleId, ruleVersion } });
    await scan(of, at('a', 'test/a.js'), at('b', 'test/deep/b.js'), at('c', 'tests/c.js'), at('d', 'src/test/d.js'));
    const states = await Promise.all(['a', 'b', 'c', 'd'].map((letter) => stateOf(of, `finding ${letter}`)));
    expect(states).toEqual(['confirmed', 'accepted_risk', 'open', 'open']);
    const elsewhere = { tenantId: of.tenantId, repositoryId: await stages.addRepository(of.tenantId, '/srv/other') };
    await scan(elsewhere, at('b', 'test/deep/b.js'));
    expect(await stateOf(elsewhere, 'finding b')).toBe('open');
  });

  it('an_advisory_takes_in_its_aliases_in_every_repository_and_one_more_flaw_reopens', async () => {
    const of = await place();
    const { ruleId, ruleVersion } = a;
    const about = (letter: string, advisoryIds: readonly string[]) =>
      testDraft(letter, {
        dependency: { purl: `pkg:npm/${letter}@1`, installedVersion: '1', fixedVersions: [], advisoryIds: [...advisoryIds] },
      });
    await claim(of, { scope: { kind: 'advisory', advisoryIds: ['CVE-1', 'GHSA-1', 'OSV-1'], ruleId, ruleVersion } });
    await scan(of, about('a', ['CVE-1', 'GHSA-1']), about('b', ['CVE-1', 'CVE-2']), about('c', []));
    const elsewhere = { tenantId: of.tenantId, repositoryId: await stages.addRepository(of.tenantId, '/srv/other') };
    await scan(elsewhere, about('d', ['OSV-1']));
    const states = async () =>
      Promise.all([stateOf(of, 'finding a'), stateOf(of, 'finding b'), stateOf(of, 'finding c'), stateOf(elsewhere, 'finding d')]);
    expect(await states()).toEqual(['accepted_risk', 'open', 'open', 'accepted_risk']);
    await scan(of, about('a', ['CVE-1', 'GHSA-1', 'CVE-3']));
    expect(await stateOf(of, 'finding a')).toBe('reopened');
  });

  it('claims_of_another_tenant_and_claims_that_were_ended_take_nothing_in', async () => {
    const [of, others] = [await place(), await place()];
    const { ruleId, ruleVersion } = a;
    const scope = { kind: 'rule', repositoryId: of.repositoryId, path: a.location.path, ruleId, ruleVersion } as const;
    await claim(others, { scope });
    const ended = await claim(of, { scope });
    await stages.database.admin('update app.suppression set ended_at = now() where id = $1', [ended]);
    await scan(of, a);
    expect(await stateOf(of, a.title)).toBe('open');
  });
});

describe('the database', () => {
  it('keeps_no_finding_quiet_without_a_claim_whoever_writes', async () => {
    const of = await place();
    await scan(of, a);
    const id = await idOf(of, a.title);
    const change = (set: string) => stages.database.admin(`update app.finding set ${set} where id = $1`, [id]);
    await expect(change(`state = 'accepted_risk'`)).rejects.toThrow(/finding_quiet_by_claim/u);
    await expect(change(`state = 'false_positive', suppression_id = gen_random_uuid(), suppressed_until = now()`)).rejects.toThrow(
      /23503/u,
    );
  });

  it('lets_a_worker_make_no_claim_and_change_nothing_of_one_but_its_end', async () => {
    const rights = await stages.database.admin(
      `select r, has_table_privilege(r, 'app.suppression', 'insert') as makes, has_table_privilege(r, 'app.suppression_item', 'insert') as lists,
         has_table_privilege(r, 'app.suppression', 'delete') as removes, has_column_privilege(r, 'app.suppression', 'expires_at', 'update') as moves,
         has_column_privilege(r, 'app.suppression', 'ended_at', 'update') as ends
       from unnest(array['aegis_api', 'aegis_worker', 'aegis_staff', 'aegis_audit']) r`,
    );
    expect(rights).toEqual([
      { r: 'aegis_api', makes: true, lists: true, removes: false, moves: false, ends: true },
      { r: 'aegis_worker', makes: false, lists: false, removes: false, moves: false, ends: true },
      { r: 'aegis_staff', makes: false, lists: false, removes: false, moves: false, ends: false },
      { r: 'aegis_audit', makes: false, lists: false, removes: false, moves: false, ends: false },
    ]);
  });
});
