import { tenantSchema } from '@lib/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

test('200_shows_the_tenant_of_the_credential_and_of_nothing_else_that_the_request_says', async () => {
  const answer = await api.ask('GET', `/v1/tenant?tenantId=${api.other.id}`, {
    token: api.acme.read,
    headers: { 'x-tenant-id': api.other.id },
  });
  expect(answer.status).toBe(200);
  expect(tenantSchema.parse(answer.json)).toMatchObject({ id: api.acme.id, name: 'Acme' });
});

test('401_without_a_credential', async () => {
  const answer = await api.ask('GET', '/v1/tenant');
  expect([answer.status, answer.code]).toEqual([401, 'identity.unauthenticated']);
});
