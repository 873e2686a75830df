import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositorySchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  ours = await plantRepository(api, api.acme, 'shop');
  theirs = await plantRepository(api, api.other, 'vault');
});
afterAll(() => api.close());
let ours: string;
let theirs: string;

describe('getRepository', () => {
  test('200_shows_the_repository', async () => {
    const answer = await api.ask('GET', `/v1/repositories/${ours}`, { token: api.acme.read });
    expect(repositorySchema.parse(answer.json)).toMatchObject({ id: ours, name: 'shop' });
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/repositories/none', { token: api.acme.read })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/repositories/${ours}`)).code).toBe('identity.unauthenticated');
  });

  test('other_tenants_repository_answers_404', async () => {
    const answer = await api.ask('GET', `/v1/repositories/${theirs}`, { token: api.acme.read });
    expect([answer.status, answer.code]).toEqual([404, 'repository.not_found']);
  });
});
