import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptEvidenceSchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantEmptyScan, plantSealedScan } from '../keeping.spec-support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';
const ask = (id: string, token: string | null = api.acme.admin, reason = 'case 7') =>
  api.ask('POST', `/v1/scans/${id}/evidence/hold`, { body: { reason }, ...(token === null ? {} : { token }) });

describe('holdEvidence', () => {
  test('202_the_wish_the_event_and_the_job_are_one_transaction', async () => {
    const id = await plantSealedScan(api, api.acme);
    const answer = await ask(id);
    expect(answer.status).toBe(202);
    expect(keptEvidenceSchema.parse(answer.json)).toMatchObject({ scanId: id, packs: [{ hold: 'placing', holdReason: 'case 7' }] });
    const events = await api.audit(api.acme.id, 'evidence.held');
    expect(events.map((event) => [event.targets[0]?.id, event.detail])).toContainEqual([id, { reason: 'case 7', packs: 1 }]);
    const jobs = await api.database.admin(`select kind from app.job where payload ->> 'scanId' = $1`, [id]);
    expect(jobs).toEqual([{ kind: 'evidence.keep' }]);
  });

  test('202_a_second_hold_keeps_the_first_reason_and_is_in_the_log', async () => {
    const id = await plantSealedScan(api, api.acme);
    await ask(id);
    expect(keptEvidenceSchema.parse((await ask(id, api.acme.admin, 'case 8')).json).packs).toMatchObject([{ holdReason: 'case 7' }]);
    const events = await api.audit(api.acme.id, 'evidence.held');
    expect(events.filter((event) => event.targets[0]?.id === id)).toHaveLength(2);
  });

  test('400_without_a_reason', async () => {
    expect((await ask(absent, api.acme.admin, ' ')).code).toBe('http.request_invalid');
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await ask('none')).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await ask(absent, null)).code).toBe('identity.unauthenticated');
  });

  test('403_for_anyone_but_the_tenants_owner', async () => {
    const id = await plantSealedScan(api, api.acme);
    for (const token of [api.acme.read, api.acme.write]) expect((await ask(id, token)).code).toBe('identity.scope_too_small');
  });

  test('other_tenants_scan_answers_404_as_an_absent_one_and_stays_as_it_is', async () => {
    const theirs = await plantSealedScan(api, api.other);
    expect([(await ask(theirs)).code, (await ask(absent)).code]).toEqual(['scan.not_found', 'scan.not_found']);
    const rows = await api.database.admin('select hold, retain_wanted from app.evidence_pack where scan_id = $1', [theirs]);
    expect(rows).toEqual([{ hold: 'none', retain_wanted: null }]);
  });

  test('409_for_a_scan_without_evidence', async () => {
    expect((await ask(await plantEmptyScan(api, api.acme))).code).toBe('evidence.none');
  });

  test('409_for_evidence_that_has_expired', async () => {
    const id = await plantSealedScan(api, api.acme);
    await api.database.admin('alter table app.evidence_pack disable trigger keep_evidence', []);
    await api.database.admin('update app.evidence_pack set retain_until = now(), expired_at = now() where scan_id = $1', [id]);
    await api.database.admin('alter table app.evidence_pack enable trigger keep_evidence', []);
    expect((await ask(id)).code).toBe('evidence.none');
  });
});
