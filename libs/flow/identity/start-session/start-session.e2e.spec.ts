import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '@lib/contract';
import { makeSecret } from '@lib/platform/http';
import { plantToken, testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

describe('startSession', () => {
  test('204_a_code_opens_one_session_and_never_a_second', async () => {
    const first = await api.ask('POST', '/v1/sessions', { body: { code: api.acme.signInCode } });
    expect(first.status).toBe(204);
    const cookie = String(first.headers.get('set-cookie'));
    expect(cookie).toMatch(/^aegis_session=aegis_[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/u);
    expect((await api.ask('GET', '/v1/tenant', { headers: { cookie: cookie.split(';', 1)[0] ?? '' } })).status).toBe(200);
    const second = await api.ask('POST', '/v1/sessions', { body: { code: api.acme.signInCode } });
    expect([second.status, second.code]).toEqual([401, 'identity.code_invalid']);
  });

  test('204_a_token_opens_a_session_of_its_own_scope', async () => {
    const started = await api.ask('POST', '/v1/sessions', { body: { token: api.acme.read } });
    const headers = { cookie: String(started.headers.get('set-cookie')).split(';', 1)[0] ?? '' };
    expect((await api.ask('GET', '/v1/scans', { headers })).status).toBe(200);
    expect((await api.ask('GET', '/v1/tokens', { headers })).status).toBe(403);
  });

  test('204_a_session_does_not_outlive_its_token', async () => {
    const token = await plantToken(api.database, api.acme.id, { scope: 'read', endsInMs: 60_000 });
    const started = await api.ask('POST', '/v1/sessions', { body: { token } });
    expect(Number(/Max-Age=(\d+)/u.exec(String(started.headers.get('set-cookie')))?.[1])).toBeLessThanOrEqual(60);
  });

  test('400_for_a_body_that_does_not_fit', async () => {
    for (const body of [{}, { code: '' }, { code: 'a', token: 'b' }, { password: 'x' }])
      expect((await api.ask('POST', '/v1/sessions', { body })).status, JSON.stringify(body)).toBe(400);
  });

  test.each(['token', 'code'])('401_for_a_%s_that_opens_nothing', async (kind) => {
    expect((await api.ask('POST', '/v1/sessions', { body: { [kind]: makeSecret() } })).code).toBe('identity.code_invalid');
  });

  test('401_a_code_is_no_token_and_a_session_starts_no_session', async () => {
    expect((await api.ask('POST', '/v1/sessions', { body: { token: api.other.signInCode } })).status).toBe(401);
    const started = await api.ask('POST', '/v1/sessions', { body: { token: api.acme.read } });
    const session = /aegis_session=([^;]+)/u.exec(String(started.headers.get('set-cookie')))?.[1];
    expect((await api.ask('POST', '/v1/sessions', { body: { token: session } })).status).toBe(401);
  });

  test('415_for_a_form_that_another_site_could_send', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await api.ask('POST', '/v1/sessions', { headers, body: JSON.stringify({ token: api.acme.read }) });
    expect([answer.status, answer.code]).toEqual([415, 'http.media_type_unsupported']);
    const form = await api.ask('POST', '/v1/sessions', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'code=a',
    });
    expect(form.status).toBe(415);
  });

  test('429_for_a_guesser_while_the_owner_at_the_same_address_gets_in', async () => {
    const statuses = new Set<number>();
    for (let guess = 0; guess < limits.rateFailuresPerMinute + 20; guess++)
      statuses.add((await api.ask('POST', '/v1/sessions', { body: { code: makeSecret() } })).status);
    expect(statuses).toEqual(new Set([401, 429]));
    const limited = await api.ask('POST', '/v1/sessions', { body: { code: makeSecret() } });
    expect([limited.status, limited.code]).toEqual([429, 'http.rate_limited']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.ask('POST', '/v1/sessions', { body: { token: api.acme.read } })).status).toBe(204);
    expect((await api.ask('GET', '/v1/tenant', { token: api.acme.read })).status).toBe(200);
  });
});
