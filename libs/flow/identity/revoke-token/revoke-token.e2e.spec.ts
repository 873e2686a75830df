import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createToken } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';
const makeToken = async () =>
  createToken.answers[201].schema.parse(
    (await api.ask('POST', '/v1/tokens', { token: api.acme.admin, body: { name: 'short', scope: 'read' } })).json,
  );

describe('revokeToken', () => {
  test('204_ends_the_token_and_the_sessions_started_with_it_at_once', async () => {
    const made = await makeToken();
    const started = await api.ask('POST', '/v1/sessions', { body: { token: made.secret } });
    const cookie = String(started.headers.get('set-cookie')).split(';', 1)[0] ?? '';
    expect((await api.ask('GET', '/v1/tenant', { headers: { cookie } })).status).toBe(200);
    expect((await api.ask('DELETE', `/v1/tokens/${made.id}`, { token: api.acme.admin })).status).toBe(204);
    expect((await api.ask('GET', '/v1/tenant', { token: made.secret })).status).toBe(401);
    expect((await api.ask('GET', '/v1/tenant', { headers: { cookie } })).status).toBe(401);
  });

  test('204_a_second_time_without_a_second_event', async () => {
    const { id } = await makeToken();
    const revoke = async () => (await api.ask('DELETE', `/v1/tokens/${id}`, { token: api.acme.admin })).status;
    expect([await revoke(), await revoke()]).toEqual([204, 204]);
    const events = await api.audit(api.acme.id, 'token.revoked');
    expect(events.filter((event) => event.targets[0]?.id === id)).toHaveLength(1);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('DELETE', '/v1/tokens/none', { token: api.acme.admin })).code).toBe('http.request_invalid');
  });

  test('other_tenants_token_answers_404_and_lives_on', async () => {
    const theirs = createToken.answers[201].schema.parse(
      (await api.ask('POST', '/v1/tokens', { token: api.other.admin, body: { name: 'theirs', scope: 'read' } })).json,
    );
    const answer = await api.ask('DELETE', `/v1/tokens/${theirs.id}`, { token: api.acme.admin });
    expect([answer.status, answer.code]).toEqual([404, 'token.not_found']);
    expect((await api.ask('GET', '/v1/tenant', { token: theirs.secret })).status).toBe(200);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('DELETE', `/v1/tokens/${absent}`)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_write', async () => {
    const answer = await api.ask('DELETE', `/v1/tokens/${absent}`, { token: api.acme.write });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });
});
