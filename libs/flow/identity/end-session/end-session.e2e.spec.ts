import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
async function signIn() {
  const started = await api.ask('POST', '/v1/sessions', { body: { token: api.acme.read } });
  const cookie = String(started.headers.get('set-cookie')).split(';', 1)[0] ?? '';
  return { headers: { cookie, origin: api.base, 'x-aegis-request': '1' } };
}

describe('endSession', () => {
  test('204_ends_the_session_clears_the_cookie_and_is_audited_once', async () => {
    const { headers } = await signIn();
    const answer = await api.ask('DELETE', '/v1/sessions/current', { headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toMatch(/^aegis_session=; Path=\/; Max-Age=0;/u);
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(401);
    expect(await api.audit(api.acme.id, 'session.ended')).toHaveLength(1);
  });

  test('204_for_a_token_which_lives_on', async () => {
    expect((await api.ask('DELETE', '/v1/sessions/current', { token: api.acme.read })).status).toBe(204);
    expect((await api.ask('GET', '/v1/tenant', { token: api.acme.read })).status).toBe(200);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('DELETE', '/v1/sessions/current')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_cookie_without_the_header_or_from_another_origin_and_the_session_lives_on', async () => {
    const { headers } = await signIn();
    const bare = { cookie: headers.cookie, origin: headers.origin };
    expect((await api.ask('DELETE', '/v1/sessions/current', { headers: bare })).code).toBe('identity.request_header_missing');
    const foreign = { ...headers, origin: 'http://evil.example' };
    expect((await api.ask('DELETE', '/v1/sessions/current', { headers: foreign })).code).toBe('identity.origin_refused');
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(200);
  });
});
