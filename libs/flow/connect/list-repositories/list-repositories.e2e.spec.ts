import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listRepositories } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  for (const name of ['beta', 'alpha', longName]) await plantRepository(api, api.acme, name);
  for (const name of [longName, 'x', 'y']) await plantRepository(api, api.other, name);
});
afterAll(() => api.close());
const longName = '界'.repeat(200);
const { schema } = listRepositories.answers[200];

describe('listRepositories', () => {
  test('200_pages_by_name_through_the_tenants_own_repositories', async () => {
    const first = schema.parse((await api.ask('GET', '/v1/repositories?limit=2', { token: api.acme.read })).json);
    expect(first.items.map((item) => item.name)).toEqual(['alpha', 'beta']);
    const second = schema.parse(
      (await api.ask('GET', `/v1/repositories?limit=2&cursor=${String(first.nextCursor)}`, { token: api.acme.read })).json,
    );
    expect(second.items.map((item) => item.name)).toEqual([longName]);
    expect(second.nextCursor).toBeNull();
  });

  test('200_the_cursor_of_the_longest_name_fits', async () => {
    const page = schema.parse((await api.ask('GET', '/v1/repositories?limit=1', { token: api.other.read })).json);
    expect(String(page.nextCursor).length).toBeLessThan(200);
  });

  test('400_for_a_cursor_of_another_tenant_or_of_another_list', async () => {
    const theirs = schema.parse((await api.ask('GET', '/v1/repositories?limit=1', { token: api.other.read })).json).nextCursor;
    expect((await api.ask('GET', `/v1/repositories?cursor=${String(theirs)}`, { token: api.acme.read })).code).toBe('http.cursor_invalid');
    expect((await api.ask('GET', `/v1/scans?cursor=${String(theirs)}`, { token: api.other.read })).code).toBe('http.cursor_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/repositories')).code).toBe('identity.unauthenticated');
  });
});
