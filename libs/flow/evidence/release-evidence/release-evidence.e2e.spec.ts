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
const ask = (id: string, token: string | null = api.acme.admin) =>
  api.ask('POST', `/v1/scans/${id}/evidence/release`, token === null ? {} : { token });
const hold = (id: string) => api.ask('POST', `/v1/scans/${id}/evidence/hold`, { body: { reason: 'case 7' }, token: api.acme.admin });

describe('releaseEvidence', () => {
  test('202_the_wish_the_event_and_the_job_are_one_transaction', async () => {
    const id = await plantSealedScan(api, api.acme);
    await hold(id);
    const answer = await ask(id);
    expect(answer.status).toBe(202);
    expect(keptEvidenceSchema.parse(answer.json)).toMatchObject({ scanId: id, packs: [{ hold: 'lifting', holdReason: 'case 7' }] });
    const events = await api.audit(api.acme.id, 'evidence.released');
    expect(events.map((event) => event.targets[0]?.id)).toContain(id);
    const jobs = await api.database.admin(`select kind from app.job where payload ->> 'scanId' = $1`, [id]);
    expect(jobs).toEqual([{ kind: 'evidence.keep' }, { kind: 'evidence.keep' }]);
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

  test('409_for_evidence_under_no_hold', async () => {
    const id = await plantSealedScan(api, api.acme);
    expect((await ask(id)).code).toBe('evidence.not_held');
    expect(await api.database.admin(`select 1 from app.job where payload ->> 'scanId' = $1`, [id])).toEqual([]);
  });
});
