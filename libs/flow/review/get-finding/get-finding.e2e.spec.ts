import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingDetailSchema, type ScanId } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const of = { repositoryId, scanId, path: 'src/a.js' };
  [ours = '', altered = ''] = await plantFindings(api, api.acme, [of, of]);
  lostScan = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  [lost = ''] = await plantFindings(api, api.acme, [{ ...of, scanId: lostScan }]);
  expiredScan = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  [expired = ''] = await plantFindings(api, api.acme, [{ ...of, scanId: expiredScan }]);
  const theirRepository = await plantRepository(api, api.other, 'vault');
  const theirScan = await plantScan(api, api.other, { repositoryId: theirRepository, state: 'succeeded' });
  [theirs = ''] = await plantFindings(api, api.other, [{ repositoryId: theirRepository, scanId: theirScan, path: 'b.js' }]);
});
afterAll(() => api.close());
let ours: string;
let altered: string;
let lost: string;
let lostScan: ScanId;
let expired: string;
let expiredScan: ScanId;
let theirs: string;

/** What only the owner of the database can do: past the guard of the table. */
async function changePack(change: string, scanId: ScanId): Promise<void> {
  await api.database.admin('alter table app.evidence_pack disable trigger keep_evidence', []);
  await api.database.admin(`update app.evidence_pack set ${change} where scan_id = $1`, [scanId]);
  await api.database.admin('alter table app.evidence_pack enable trigger keep_evidence', []);
}

describe('getFinding', () => {
  test('200_reads_the_evidence_back_verifies_it_and_says_so_in_the_log', async () => {
    const answer = await api.ask('GET', `/v1/findings/${ours}`, { token: api.acme.read });
    const finding = findingDetailSchema.parse(answer.json);
    expect(finding.evidence.state).toBe('verified');
    expect(finding.body.excerpt.lines).toEqual(['db.query(text)']);
    const events = await api.audit(api.acme.id, 'evidence.read');
    expect(events.map((event) => event.targets[0]?.id)).toEqual([ours]);
  });

  test('200_evidence_that_does_not_match_its_record_is_a_mismatch_in_the_log_and_an_alarm_that_stays', async () => {
    await api.database.admin(`update app.sighting set sha256 = decode(repeat('ab', 32), 'hex') where finding_id = $1`, [altered]);
    for (let read = 0; read < 2; read += 1) {
      const answer = await api.ask('GET', `/v1/findings/${altered}`, { token: api.acme.read });
      expect(findingDetailSchema.parse(answer.json).evidence.state).toBe('mismatch');
    }
    const events = await api.audit(api.acme.id, 'evidence.mismatch');
    expect(events.map((event) => [event.targets[0]?.id, event.outcome])).toEqual([
      [altered, 'failure'],
      [altered, 'failure'],
    ]);
    const alarms = await api.database.admin('select kind, reason, times, acknowledged_at from app.alarm where finding_id = $1', [altered]);
    expect(alarms).toEqual([{ kind: 'evidence.mismatch', reason: 'evidence.index_mismatch', times: 2, acknowledged_at: null }]);
  });

  test('200_evidence_whose_object_is_gone_before_its_date_is_missing_an_alarm_and_the_finding_is_shown', async () => {
    await changePack(`object_key = object_key || 'x'`, lostScan);
    const answer = await api.ask('GET', `/v1/findings/${lost}`, { token: api.acme.read });
    expect(findingDetailSchema.parse(answer.json).evidence.state).toBe('missing');
    expect((await api.audit(api.acme.id, 'evidence.missing')).map((event) => event.targets[0]?.id)).toEqual([lost]);
    const alarms = await api.database.admin('select kind, reason from app.alarm where finding_id = $1', [lost]);
    expect(alarms).toEqual([{ kind: 'evidence.missing', reason: 'objects.absent' }]);
  });

  test('200_evidence_whose_time_had_come_is_expired_with_the_day_and_no_alarm', async () => {
    await changePack(`retain_until = now() - interval '1 minute', expired_at = now()`, expiredScan);
    const answer = await api.ask('GET', `/v1/findings/${expired}`, { token: api.acme.read });
    const { evidence } = findingDetailSchema.parse(answer.json);
    expect(evidence.state).toBe('expired');
    expect(Date.parse(evidence.expiredAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(await api.database.admin('select 1 from app.alarm where finding_id = $1', [expired])).toEqual([]);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/findings/none', { token: api.acme.read })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/findings/${ours}`)).code).toBe('identity.unauthenticated');
  });

  test('other_tenants_finding_answers_404_and_leaves_no_trace_in_either_log', async () => {
    const before = await api.database.admin('select count(*)::int as n from app.audit_outbox');
    const answer = await api.ask('GET', `/v1/findings/${theirs}`, { token: api.acme.read });
    expect([answer.status, answer.code]).toEqual([404, 'finding.not_found']);
    expect(await api.database.admin('select count(*)::int as n from app.audit_outbox')).toEqual(before);
  });
});
