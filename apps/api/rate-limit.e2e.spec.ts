import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSecret } from '@lib/platform/http';
import { testApi, type TestApi } from '../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi({ requestsPerMinute: 20 });
});
afterAll(() => api.close());

describe('rate limit', () => {
  test('429_past_the_credentials_share_and_no_other_credential_is_touched', async () => {
    const statuses: number[] = [];
    for (let call = 0; call < 25; call++) statuses.push((await api.ask('GET', '/v1/tenant', { token: api.acme.read })).status);
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(statuses).toContain(429);
    const limited = await api.ask('GET', '/v1/tenant', { token: api.acme.read });
    expect(limited.code).toBe('http.rate_limited');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.ask('GET', '/v1/tenant', { token: api.acme.write })).status).toBe(200);
    expect((await api.ask('GET', '/v1/tenant', { token: api.other.read })).status).toBe(200);
  });

  test('a_lock_out_is_turned_on_nobody_but_whoever_guesses', async () => {
    const other = await testApi({ trustedProxies: 1 });
    const from = { 'x-forwarded-for': '192.0.2.200' };
    const guess = async () => (await other.ask('GET', '/v1/tenant', { token: makeSecret(), headers: from })).code;
    const codes = new Set<string | undefined>();
    for (let n = 0; n < 40; n += 1) codes.add(await guess());
    expect(codes).toEqual(new Set(['identity.unauthenticated', 'http.rate_limited']));
    // at the same address: whoever has what is asked for comes in, by a token and by a code
    expect((await other.ask('GET', '/v1/tenant', { token: other.acme.read, headers: from })).status).toBe(200);
    expect((await other.ask('POST', '/v1/sessions', { body: { code: other.acme.signInCode }, headers: from })).status).toBe(204);
    // and from elsewhere a wrong one is still told to be wrong: nothing is counted by whom it was tried on
    const elsewhere = { 'x-forwarded-for': '192.0.2.201' };
    expect((await other.ask('GET', '/v1/tenant', { token: makeSecret(), headers: elsewhere })).code).toBe('identity.unauthenticated');
    await other.close();
  });
});
