import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveSchema, limits } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository } from '../../../../tools/testing/plant.ts';

let api: TestApi;
let repositoryId: string;
let theirs: string;
beforeAll(async () => {
  api = await testApi();
  repositoryId = await plantRepository(api, api.acme, 'shop');
  theirs = await plantRepository(api, api.other, 'vault');
});
afterAll(() => api.close());

const bytes = new Uint8Array(gzipSync(Buffer.alloc(20_000, 'an archive as far as its first bytes say')));
const sha256 = createHash('sha256').update(bytes).digest();
const digest = `sha-256=:${sha256.toString('base64')}:`;
type Upload = {
  readonly to?: string;
  readonly raw?: Uint8Array<ArrayBuffer>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
const upload = ({ to = repositoryId, raw = bytes, token = api.acme.write, headers = {} }: Upload = {}) =>
  api.ask('POST', `/v1/repositories/${to}/archives`, { token, raw, headers: { 'content-type': 'application/gzip', ...headers } });
const folder = (): string => join(api.workDirectory, api.acme.id, 'archives');
const stored = (): readonly string[] => (existsSync(folder()) ? readdirSync(folder()) : []);

describe('uploadArchive', () => {
  test('201_keeps_the_bytes_where_the_worker_finds_them_and_says_so_in_the_log', async () => {
    const answer = await upload();
    expect(answer.status).toBe(201);
    const made = archiveSchema.parse(answer.json);
    expect(made).toMatchObject({ repositoryId, bytes: bytes.byteLength, sha256: sha256.toString('hex') });
    expect(readFileSync(join(folder(), made.id))).toEqual(Buffer.from(bytes));
    const [event] = (await api.audit(api.acme.id, 'archive.uploaded')).filter(({ targets }) => targets[0]?.id === made.id);
    expect(event?.detail).toEqual({ bytes: bytes.byteLength, sha256: made.sha256 });
  });

  test('201_the_same_key_and_bytes_replay_the_answer_and_store_nothing', async () => {
    const headers = { 'idempotency-key': 'up-1', 'content-digest': digest };
    const first = await upload({ headers });
    const before = stored();
    const second = await upload({ headers });
    expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect([second.text, stored()]).toEqual([first.text, before]);
  });

  test.each([
    ['bytes that are no archive', { raw: new Uint8Array(Buffer.from('hello')) }, 'ingest.archive_format_unknown'],
    ['no bytes', { raw: new Uint8Array() }, 'ingest.archive_format_unknown'],
    [
      'another digest than it says',
      { headers: { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` } },
      'http.content_digest_mismatch',
    ],
    ['a digest that is none', { headers: { 'content-digest': 'sha-256=:AAAA:' } }, 'http.request_invalid'],
    ['a key without a digest', { headers: { 'idempotency-key': 'up-2' } }, 'http.content_digest_needed'],
    ['an id that is none', { to: 'x' }, 'http.request_invalid'],
  ])('400_for_%s_and_nothing_is_stored', async (_, given, code) => {
    const before = stored();
    const answer = await upload(given);
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(stored()).toEqual(before);
  });

  test('400_an_upload_that_breaks_off_leaves_nothing', async () => {
    const before = stored();
    await new Promise<void>((resolve) => {
      const sent = request(`${api.base}/v1/repositories/${repositoryId}/archives`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.acme.write}`, 'content-type': 'application/gzip', 'content-length': '100000' },
      });
      sent.once('error', () => resolve());
      sent.write(bytes.subarray(0, 100), () => sent.destroy());
    });
    await expect.poll(stored).toEqual(before);
  });

  test('401_without_a_live_credential_before_a_byte_is_kept', async () => {
    const before = stored();
    const answer = await upload({ token: 'none' });
    expect([answer.status, answer.code, stored()]).toEqual([401, 'identity.unauthenticated', before]);
  });

  test('403_for_a_credential_of_scope_read', async () => {
    expect((await upload({ token: api.acme.read })).code).toBe('identity.scope_too_small');
  });

  test('other_tenants_repository_answers_404_like_an_absent_one_and_nothing_is_stored', async () => {
    const [foreign, absent] = [await upload({ to: theirs }), await upload({ to: randomUUID() })];
    expect([foreign.status, foreign.code, absent.status, absent.code]).toEqual([404, 'repository.not_found', 404, 'repository.not_found']);
    expect(await api.database.admin('select 1 from app.archive where repository_id = $1', [theirs])).toEqual([]);
  });

  test('409_for_a_key_that_was_used_for_other_bytes', async () => {
    await upload({ headers: { 'idempotency-key': 'up-3', 'content-digest': digest } });
    const raw = new Uint8Array(gzipSync('other'));
    const other = `sha-256=:${createHash('sha256').update(raw).digest('base64')}:`;
    const answer = await upload({ raw, headers: { 'idempotency-key': 'up-3', 'content-digest': other } });
    expect([answer.status, answer.code]).toEqual([409, 'http.idempotency_key_reused']);
  });

  test('413_for_a_length_over_the_limit_without_reading_it', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(
        `${api.base}/v1/repositories/${repositoryId}/archives`,
        {
          method: 'POST',
          headers: {
            authorization: `Bearer ${api.acme.write}`,
            'content-type': 'application/gzip',
            'content-length': String(limits.archiveBytesMax + 1),
          },
        },
        (answer) => {
          resolve(answer.statusCode);
          sent.destroy();
        },
      );
      sent.once('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(413);
  });

  test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/octet-stream'])(
    '415_for_%s',
    async (type) => {
      const answer = await upload({ headers: { 'content-type': type }, raw: new Uint8Array(Buffer.from('{}')) });
      expect([answer.status, answer.code]).toEqual([415, 'http.media_type_unsupported']);
    },
  );

  test('415_for_an_archive_where_JSON_is_taken', async () => {
    const answer = await api.ask('POST', '/v1/scans', {
      token: api.acme.write,
      raw: bytes,
      headers: { 'content-type': 'application/gzip' },
    });
    expect([answer.status, answer.code]).toEqual([415, 'http.media_type_unsupported']);
  });

  test('429_while_too_many_wait_and_201_again_when_they_are_claimed_or_old', async () => {
    await api.database.admin(
      `insert into app.archive (tenant_id, id, repository_id, bytes, sha256)
       select $1, gen_random_uuid(), $2, 1, sha256('x') from generate_series(1, ${String(limits.archivesPendingMax)})`,
      [api.acme.id, repositoryId],
    );
    const answer = await upload();
    expect([answer.status, answer.code]).toEqual([429, 'connect.too_many_archives']);
    await api.database.admin(`update app.archive set created_at = now() - interval '25 hours' where tenant_id = $1`, [api.acme.id]);
    expect((await upload()).status).toBe(201);
  });
});
