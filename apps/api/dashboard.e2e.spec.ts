import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApi, type TestApi } from '../../tools/testing/api.ts';

const scratch = mkdtempSync(join(tmpdir(), 'aegis-web-'));
const folder = join(scratch, 'web');
const page = '<!doctype html><title>Aegis</title>';
let api: TestApi;
beforeAll(async () => {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(scratch, 'secret.txt'), 'outside');
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(join(folder, 'assets', 'app-1a2b.js'), 'export {};');
  api = await testApi({ webFolder: folder });
});
afterAll(async () => {
  await api.close();
  rmSync(scratch, { recursive: true });
});

describe('the dashboard', () => {
  test.each(['/', '/scans', '/scans/0195a1d0-0000-7000-8000-000000000000', '/findings?severity=high', '/sign-in'])(
    'its_page_answers_at_%s_under_the_strict_policy',
    async (path) => {
      const answer = await api.ask('GET', path);
      expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([200, page, 'text/html; charset=utf-8']);
      expect(answer.headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types aegis-worker",
      );
      expect(answer.headers.get('cache-control')).toBe('no-cache');
    },
  );

  test('a_form_may_be_posted_from_one_page_alone_and_to_github_alone', async () => {
    const policyOf = async (path: string) => (await api.ask('GET', path)).headers.get('content-security-policy') ?? '';
    expect(await policyOf('/connect')).toContain('form-action http://github.test;');
    for (const path of ['/', '/repositories', '/findings']) expect(await policyOf(path), path).toContain("form-action 'none';");
  });

  test('an_asset_may_be_kept_and_a_current_copy_is_not_sent_again', async () => {
    const answer = await api.ask('GET', '/assets/app-1a2b.js');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const etag = String(answer.headers.get('etag'));
    const again = await api.ask('GET', '/assets/app-1a2b.js', { headers: { 'if-none-match': etag } });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test.each([
    '/assets/missing.js',
    '/assets/',
    '/assets',
    '/index.html',
    '/nowhere',
    '/scans/a/b',
    '/v1/nowhere',
    '/%2e%2e/secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/assets/%2e%2e/%2e%2e/secret.txt',
  ])('%s_is_a_404_and_never_the_page', async (path) => {
    const answer = await api.ask('GET', path);
    expect([answer.status, answer.code]).toEqual([404, 'http.route_unknown']);
    expect(answer.text).not.toContain('outside');
  });
});

describe('the documentation', () => {
  test('the_document_and_the_page_come_from_us_alone', async () => {
    const document = await api.ask('GET', '/openapi.json');
    expect([document.status, document.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    const docs = await api.ask('GET', '/docs');
    expect(docs.status).toBe(200);
    expect(docs.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/u);
    const files = [...docs.text.matchAll(/(?:src|href)="([^"]+)"/gu)].map(([, file = '']) => file);
    expect(files).toHaveLength(4);
    for (const file of files) expect((await api.ask('GET', file)).status, file).toBe(200);
  });
});
