import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanDetailSchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const planted = { repositoryId, scanId, path: 'src/a.js' };
  await plantFindings(api, api.acme, [{ ...planted, severity: 4 }, planted, planted]);
  ours = scanId;
  theirs = await plantScan(api, api.other, { repositoryId: await plantRepository(api, api.other, 'vault') });
});
afterAll(() => api.close());
let ours: string;
let theirs: string;

describe('getScan', () => {
  test('200_shows_counts_by_severity_and_the_evidence_heads', async () => {
    const answer = await api.ask('GET', `/v1/scans/${ours}`, { token: api.acme.read });
    const scan = scanDetailSchema.parse(answer.json);
    expect(scan.bySeverity).toEqual({ critical: 1, high: 2, medium: 0, low: 0, info: 0 });
    expect(scan.evidence).toHaveLength(1);
    expect(scan.evidence[0]?.entryCount).toBe(3);
    expect(scan.coverage).toBeNull();
  });

  test('200_names_the_walls_that_were_missing_where_a_scan_was_refused', async () => {
    const missing = ['Landlock (Linux 5.13 or later) or bubblewrap', 'seccomp stage 2'];
    const repositoryId = await plantRepository(api, api.acme, 'refused');
    const scanId = await plantScan(api, api.acme, { repositoryId, state: 'failed' });
    await api.database.admin(`update app.scan set error_code = 'sandbox.layers_missing', missing_layers = $1 where id = $2`, [
      JSON.stringify(missing),
      scanId,
    ]);
    const scanOf = async (id: string) => scanDetailSchema.parse((await api.ask('GET', `/v1/scans/${id}`, { token: api.acme.read })).json);
    expect(await scanOf(scanId)).toMatchObject({ errorCode: 'sandbox.layers_missing', missingLayers: missing });
    expect((await scanOf(ours)).missingLayers).toEqual([]);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/scans/none', { token: api.acme.read })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/scans/${ours}`)).code).toBe('identity.unauthenticated');
  });

  test('other_tenants_scan_answers_404', async () => {
    const answer = await api.ask('GET', `/v1/scans/${theirs}`, { token: api.acme.read });
    expect([answer.status, answer.code]).toEqual([404, 'scan.not_found']);
  });
});
