import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanSchema, type RepositoryId } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  repositoryId = await plantRepository(api, api.acme, 'shop');
  theirRepository = await plantRepository(api, api.other, 'vault');
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';
let repositoryId: RepositoryId;
let theirRepository: RepositoryId;
const cancel = (id: string) => api.ask('POST', `/v1/scans/${id}/cancel`, { token: api.acme.write });

describe('cancelScan', () => {
  test('202_ends_the_scan_and_its_jobs_in_one_transaction', async () => {
    const asked = await api.ask('POST', '/v1/scans', { token: api.acme.write, body: { repositoryId } });
    const { id } = scanSchema.parse(asked.json);
    const answer = await cancel(id);
    expect(answer.status).toBe(202);
    expect(scanSchema.parse(answer.json)).toMatchObject({ id, state: 'cancelled', stage: 'done' });
    const jobs = await api.database.admin(`select state from app.job where payload ->> 'scanId' = $1`, [id]);
    expect(jobs).toEqual([{ state: 'cancelled' }]);
    const [row] = await api.database.admin(`select cancel_requested_at is not null as asked from app.scan where id = $1`, [id]);
    expect(row).toEqual({ asked: true });
    expect((await api.audit(api.acme.id, 'scan.cancelled')).map((event) => event.targets[0]?.id)).toEqual([id]);
  });

  test('202_ten_at_once_cancel_once', async () => {
    const id = await plantScan(api, api.acme, { repositoryId });
    const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(id)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([202, ...Array.from({ length: 9 }, () => 409)]);
    expect(await api.database.admin('select 1 from app.scan_event where scan_id = $1', [id])).toHaveLength(1);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await cancel('none')).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/scans/${absent}/cancel`)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_read', async () => {
    const answer = await api.ask('POST', `/v1/scans/${absent}/cancel`, { token: api.acme.read });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });

  test('other_tenants_scan_answers_404_and_goes_on', async () => {
    const theirs = await plantScan(api, api.other, { repositoryId: theirRepository });
    expect((await cancel(theirs)).code).toBe('scan.not_found');
    expect(await api.database.admin('select state from app.scan where id = $1', [theirs])).toEqual([{ state: 'running' }]);
  });

  test('409_for_a_scan_that_has_ended_however', async () => {
    for (const state of ['succeeded', 'incomplete', 'failed', 'cancelled'] as const) {
      const id = await plantScan(api, api.acme, { repositoryId, state });
      expect((await cancel(id)).code, state).toBe('scan.already_ended');
    }
  });
});
