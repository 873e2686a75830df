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
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const ask = (id: string, token: string | null = api.acme.admin, retainUntil = inDays(500)) =>
  api.ask('POST', `/v1/scans/${id}/evidence/extend`, { body: { retainUntil }, ...(token === null ? {} : { token }) });

describe('extendEvidence', () => {
  test('202_the_wish_the_event_and_the_job_are_one_transaction', async () => {
    const id = await plantSealedScan(api, api.acme);
    const retainUntil = inDays(700);
    const answer = await ask(id, api.acme.admin, retainUntil);
    expect(answer.status).toBe(202);
    expect(keptEvidenceSchema.parse(answer.json)).toMatchObject({ scanId: id, packs: [{ retainWanted: retainUntil }] });
    const events = await api.audit(api.acme.id, 'evidence.retention_extended');
    expect(events.map((event) => [event.targets[0]?.id, event.detail])).toEqual([[id, { retainUntil, packs: 1 }]]);
    const jobs = await api.database.admin(`select kind from app.job where payload ->> 'scanId' = $1`, [id]);
    expect(jobs).toEqual([{ kind: 'evidence.keep' }]);
  });

  test('400_for_a_date_in_the_past_or_beyond_ten_years', async () => {
    const id = await plantSealedScan(api, api.acme);
    for (const days of [-1, 4_000]) expect((await ask(id, api.acme.admin, inDays(days))).code).toBe('evidence.retention_invalid');
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

  test('409_for_a_date_closer_than_the_one_that_is_kept_or_wanted', async () => {
    const id = await plantSealedScan(api, api.acme);
    expect((await ask(id, api.acme.admin, inDays(30))).code).toBe('evidence.retention_shortened');
    await ask(id, api.acme.admin, inDays(900));
    expect((await ask(id, api.acme.admin, inDays(800))).code).toBe('evidence.retention_shortened');
  });
});
