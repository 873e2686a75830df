import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
});
