import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAlarms } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantAlarms, plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
let findings: readonly string[];
beforeAll(async () => {
  api = await testApi();
  const of = async (tenant: TestApi['acme'], count: number) => {
    const repositoryId = await plantRepository(api, tenant, 'shop');
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const scanId = await plantScan(api, tenant, { repositoryId, state: 'succeeded' });
      ids.push(...(await plantFindings(api, tenant, [{ repositoryId, scanId, path: `${String(index)}.js` }])));
    }
    await plantAlarms(api, tenant, ids);
    return ids;
  };
  findings = await of(api.acme, 3);
  await of(api.other, 1);
});
afterAll(() => api.close());
const list = async (query = '') => api.ask('GET', `/v1/alarms${query}`, { token: api.acme.read });
const page = listAlarms.answers[200].schema;

describe('listAlarms', () => {
  test('200_shows_the_open_alarms_of_the_tenant_newest_first_page_by_page', async () => {
    const seen: (string | null)[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const answer = page.parse((await list(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).json);
      seen.push(...answer.items.map((alarm) => alarm.findingId));
      cursor = answer.nextCursor;
    }
    expect(seen).toEqual(findings.toReversed());
  });

  test('200_an_acknowledged_alarm_is_only_in_the_list_of_all', async () => {
    await api.database.admin(`update app.alarm set acknowledged_at = now(), acknowledged_by = 'x' where finding_id = $1`, [findings[0]]);
    expect(page.parse((await list()).json).items).toHaveLength(2);
    expect(page.parse((await list('?state=all')).json).items).toHaveLength(3);
  });

  test('400_for_a_state_or_a_cursor_that_is_none', async () => {
    expect((await list('?state=none')).code).toBe('http.request_invalid');
    expect((await list('?cursor=none')).code).toBe('http.cursor_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/alarms')).code).toBe('identity.unauthenticated');
  });
});
