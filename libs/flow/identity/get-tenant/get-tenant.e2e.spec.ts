import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tenantSchema } from '@lib/contract';
import { makeSecret } from '@lib/platform/http';
import { plantToken, testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantMember } from '../../../../tools/testing/plant-member.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

describe('getTenant', () => {
  test('200_shows_the_tenant_of_the_credential_whatever_else_the_request_says', async () => {
    const headers = { 'x-tenant-id': api.other.id };
    const answer = await api.ask('GET', `/v1/tenant?tenantId=${api.other.id}`, { token: api.acme.read, headers });
    expect(answer.status).toBe(200);
    expect(tenantSchema.parse(answer.json)).toMatchObject({ id: api.acme.id, name: 'Acme' });
  });

  test('200_tells_a_member_who_they_are_and_what_their_role_allows_and_a_token_that_it_is_nobodys', async () => {
    const { id, sessionId, headers } = await plantMember(api, api.acme, 'auditor');
    const { self } = tenantSchema.parse((await api.ask('GET', '/v1/tenant', { headers })).json);
    expect(self).toMatchObject({ member: { id, role: 'auditor', state: 'active' }, credential: { kind: 'session', id: sessionId } });
    expect(self.permissions).toContain('audit.export');
    expect(self.permissions).not.toContain('scan.start');
    const token = tenantSchema.parse((await api.ask('GET', '/v1/tenant', { token: api.acme.read })).json);
    expect(token.self).toMatchObject({ member: null, credential: { kind: 'token' } });
  });

  test('401_for_a_session_that_is_sent_as_a_token_and_a_token_that_is_sent_as_a_cookie', async () => {
    const { secret } = await plantMember(api, api.acme, 'owner');
    expect((await api.ask('GET', '/v1/tenant', { token: secret })).code).toBe('identity.unauthenticated');
    const headers = { cookie: `aegis_session=${api.acme.read}` };
    expect((await api.ask('GET', '/v1/tenant', { headers })).code).toBe('identity.unauthenticated');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/tenant')).code).toBe('identity.unauthenticated');
  });

  test.each(['Bearer x', 'Basic abc', `Bearer ${makeSecret()}`, ''])('401_for_the_header_%j', async (authorization) => {
    const answer = await api.ask('GET', '/v1/tenant', { headers: { authorization } });
    expect([answer.status, answer.code]).toEqual([401, 'identity.unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="aegis"');
  });

  test('401_for_an_expired_token', async () => {
    const token = await plantToken(api.database, api.acme.id, { scope: 'admin', endsInMs: -1000 });
    expect((await api.ask('GET', '/v1/tenant', { token })).status).toBe(401);
  });
});
