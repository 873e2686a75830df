import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listScans, type RepositoryId } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository, plantScan } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  const at = (minute: number) => `2026-01-01T00:0${String(minute)}:00.000Z`;
  ours = [
    await plantScan(api, api.acme, { repositoryId, createdAt: at(3) }),
    await plantScan(api, api.acme, { repositoryId, createdAt: at(2), state: 'failed' }),
    await plantScan(api, api.acme, { repositoryId, createdAt: at(1), state: 'succeeded' }),
  ];
  theirRepository = await plantRepository(api, api.other, 'vault');
  await plantScan(api, api.other, { repositoryId: theirRepository });
});
afterAll(() => api.close());
const { schema } = listScans.answers[200];
let ours: string[];
let theirRepository: RepositoryId;

describe('listScans', () => {
  test('200_pages_newest_first_through_the_tenants_own_scans', async () => {
    const first = schema.parse((await api.ask('GET', '/v1/scans?limit=2', { token: api.acme.read })).json);
    const second = schema.parse(
      (await api.ask('GET', `/v1/scans?limit=2&cursor=${String(first.nextCursor)}`, { token: api.acme.read })).json,
    );
    expect([...first.items, ...second.items].map((item) => item.id)).toEqual(ours);
    expect(second.nextCursor).toBeNull();
  });

  test('200_filters_by_state_and_repository_and_shows_nothing_of_another_tenant', async () => {
    const states = schema.parse((await api.ask('GET', '/v1/scans?state=failed', { token: api.acme.read })).json);
    expect(states.items.map((item) => item.id)).toEqual([ours[1]]);
    const foreign = schema.parse((await api.ask('GET', `/v1/scans?repositoryId=${theirRepository}`, { token: api.acme.read })).json);
    expect(foreign.items).toEqual([]);
  });

  test('400_for_a_cursor_under_another_filter_or_of_another_tenant', async () => {
    const cursor = schema.parse((await api.ask('GET', '/v1/scans?limit=1', { token: api.acme.read })).json).nextCursor;
    expect((await api.ask('GET', `/v1/scans?state=failed&cursor=${String(cursor)}`, { token: api.acme.read })).code).toBe(
      'http.cursor_invalid',
    );
    expect((await api.ask('GET', `/v1/scans?cursor=${String(cursor)}`, { token: api.other.read })).code).toBe('http.cursor_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/scans')).code).toBe('identity.unauthenticated');
  });
});
