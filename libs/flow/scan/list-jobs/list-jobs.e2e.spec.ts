import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listJobs } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  for (let index = 0; index < 3; index++) await api.ask('POST', '/v1/scans', { token: api.acme.write, body: { repositoryId } });
  await api.database.admin(`update app.job set state = 'dead', error_code = 'scan.crashed', finished_at = now()
    where id = (select min(id::text)::uuid from app.job)`);
});
afterAll(() => api.close());
const { schema } = listJobs.answers[200];

describe('listJobs', () => {
  test('200_pages_newest_first_and_filters_by_state', async () => {
    const first = schema.parse((await api.ask('GET', '/v1/jobs?limit=2', { token: api.acme.read })).json);
    expect(first.items).toHaveLength(2);
    const second = schema.parse(
      (await api.ask('GET', `/v1/jobs?limit=2&cursor=${String(first.nextCursor)}`, { token: api.acme.read })).json,
    );
    expect(second.items).toHaveLength(1);
    const ids = [...first.items, ...second.items].map((item) => item.id);
    expect(ids).toEqual(ids.toSorted().toReversed());
    const dead = schema.parse((await api.ask('GET', '/v1/jobs?state=dead', { token: api.acme.read })).json);
    expect(dead.items.map((item) => item.errorCode)).toEqual(['scan.crashed']);
  });

  test('200_shows_no_payload_and_nothing_of_another_tenant', async () => {
    const { json, text } = await api.ask('GET', '/v1/jobs', { token: api.other.read });
    expect(schema.parse(json).items).toEqual([]);
    expect(text).not.toContain('payload');
  });

  test('400_for_a_state_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/jobs?state=lost', { token: api.acme.read })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/jobs')).code).toBe('identity.unauthenticated');
  });
});
