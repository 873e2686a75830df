import { request } from 'node:http';
import { limits, problemSchema } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApi, type TestApi } from '../../tools/testing/api.ts';
import { apiRoutes } from './api-routes.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());

describe('the rim', () => {
  test('every_route_of_the_contract_is_served_and_nothing_else_is', () => {
    const contract = apiRoutes.map((route) => `${route.method} ${route.path.replaceAll(/\{(\w+)\}/gu, ':$1')}`);
    const pages = [
      '/openapi.json',
      '/docs',
      '/docs/start.js',
      '/docs/swagger-ui.css',
      '/docs/swagger-ui-bundle.js',
      '/docs/favicon-32x32.png',
    ];
    expect(api.served.toSorted()).toEqual([...contract, ...pages.map((page) => `GET ${page}`)].toSorted());
  });

  test('404_for_an_unknown_address', async () => {
    const answer = await api.ask('GET', '/v1/nothing', { token: api.acme.admin });
    expect([answer.status, answer.code]).toEqual([404, 'http.route_unknown']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test.each(['DELETE', 'PUT', 'PATCH', 'HEAD'])('405_for_%s_where_only_others_are_taken', async (method) => {
    const answer = await api.ask(method, '/v1/scans', { token: api.acme.admin });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  test.each(['{', '{"a":}', 'text', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}'])('400_for_the_body_%s', async (body) => {
    const answer = await api.ask('POST', '/v1/scans', { token: api.acme.write, body });
    expect([answer.status, answer.code]).toEqual([400, 'http.body_not_json']);
  });

  test('400_for_no_body_where_one_is_needed', async () => {
    expect((await api.ask('POST', '/v1/scans', { token: api.acme.write })).code).toBe('http.request_invalid');
  });

  test('413_for_a_body_past_the_limit', async () => {
    const body = JSON.stringify({ repositoryId: 'x'.repeat(limits.bodyBytesMax) });
    const answer = await api.ask('POST', '/v1/scans', { token: api.acme.write, body });
    expect([answer.status, answer.code]).toEqual([413, 'http.body_too_large']);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a', 'application/xml'])(
    '415_for_%s',
    async (type) => {
      const answer = await api.ask('POST', '/v1/scans', { token: api.acme.write, body: '{}', headers: { 'content-type': type } });
      expect([answer.status, answer.code]).toEqual([415, 'http.media_type_unsupported']);
    },
  );

  test.each(['/v1/scans/%', '/v1/scans/%ff', `/v1/scans/${'a'.repeat(500)}`])('a_malformed_address_%s_is_a_problem_too', async (path) => {
    const answer = await rawGet(path);
    expect([400, 404, 414]).toContain(answer.status);
    expect(problemSchema.parse(JSON.parse(answer.text)).status).toBe(answer.status);
  });

  test('a_sane_request_id_is_kept_and_any_other_is_replaced', async () => {
    const kept = await api.ask('GET', '/v1/tenant', { headers: { 'x-request-id': 'trace-12345678' } });
    expect(kept.headers.get('x-request-id')).toBe('trace-12345678');
    expect(problemSchema.parse(kept.json).requestId).toBe('trace-12345678');
    for (const id of ['short', 'a b c d e f g h', '<script>alert(1)</script>', 'x'.repeat(65)]) {
      const replaced = await api.ask('GET', '/v1/tenant', { headers: { 'x-request-id': id } });
      expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/u);
    }
  });

  test('every_answer_carries_the_security_headers', async () => {
    const answers = await Promise.all([
      api.ask('GET', '/health'),
      api.ask('GET', '/v1/tenant'),
      api.ask('GET', '/nothing'),
      api.ask('POST', '/v1/scans', { token: api.acme.write, body: '{' }),
      api.ask('GET', '/v1/scans/%'),
    ]);
    for (const { headers } of answers) {
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-request-id')).not.toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    }
  });

  test('the_log_holds_no_secret_no_body_and_no_query', async () => {
    const marker = 'marker-of-this-test';
    await api.ask('POST', '/v1/tokens', { token: api.acme.admin, body: { name: marker, scope: 'read' } });
    await api.ask('GET', `/v1/findings?path=${marker}`, { token: api.acme.read });
    await api.ask('POST', '/v1/sessions', { body: { code: `${marker}-code` } });
    await expect.poll(() => api.logLines.filter((line) => line.includes('GET /v1/findings')).length).toBeGreaterThan(0);
    const log = api.logLines.join('');
    for (const text of [marker, api.acme.admin, api.acme.read]) expect(log).not.toContain(text);
  });

  test('a_failure_of_ours_answers_500_with_nothing_from_the_inside', async () => {
    await api.database.admin('alter table app.repository rename to repository_gone');
    const answer = await api.ask('GET', '/v1/repositories', { token: api.acme.read });
    await api.database.admin('alter table app.repository_gone rename to repository');
    expect([answer.status, answer.code]).toEqual([500, 'http.internal']);
    expect(answer.text).not.toMatch(/repository|relation|sql|select|\.ts/iu);
    expect(api.logLines.some((line) => line.includes('db.statement_failed'))).toBe(true);
  });

  test('an_answer_that_does_not_fit_the_contract_is_withheld', async () => {
    await api.database.admin(
      `insert into app.repository (tenant_id, id, name, source) values ($1, gen_random_uuid(), 'odd', '{"kind":"ftp"}')`,
      [api.acme.id],
    );
    const answer = await api.ask('GET', '/v1/repositories', { token: api.acme.read });
    await api.database.admin(`delete from app.repository where name = 'odd'`);
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('ftp');
  });
});

describe('cookies', () => {
  test('a_cookie_reads_but_changes_nothing_unless_our_own_page_asks', async () => {
    const started = await api.ask('POST', '/v1/sessions', { body: { token: api.acme.admin } });
    const cookie = String(started.headers.get('set-cookie')).split(';', 1)[0] ?? '';
    const post = async (headers: Record<string, string>) =>
      (await api.ask('POST', '/v1/tokens', { headers: { cookie, ...headers }, body: { name: 'by cookie', scope: 'read' } })).code;
    expect((await api.ask('GET', '/v1/tenant', { headers: { cookie } })).status).toBe(200);
    expect(await post({})).toBe('identity.request_header_missing');
    expect(await post({ 'x-aegis-request': '1' })).toBe('identity.origin_refused');
    expect(await post({ 'x-aegis-request': '1', origin: 'http://evil.example' })).toBe('identity.origin_refused');
    expect(await api.database.admin(`select 1 from app.api_token where name = 'by cookie'`)).toEqual([]);
    expect(await post({ 'x-aegis-request': '1', origin: api.base })).toBeUndefined();
  });

  test('a_preflight_of_another_site_gets_no_leave', async () => {
    const headers = {
      origin: 'http://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-aegis-request',
    };
    const answer = await api.ask('OPTIONS', '/v1/tokens', { headers });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

// fetch would normalise the path
function rawGet(path: string): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(api.base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { authorization: `Bearer ${api.acme.read}` } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });
}
