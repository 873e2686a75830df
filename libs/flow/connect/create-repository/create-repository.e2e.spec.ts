import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositorySchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const create = ({ name, path }: { name: string; path?: string }, headers = {}) =>
  api.ask('POST', '/v1/repositories', {
    token: api.acme.write,
    body: { name, source: { kind: 'folder', path: path ?? api.folder } },
    headers,
  });

describe('createRepository', () => {
  test('201_connects_a_folder_and_says_so_in_the_log', async () => {
    const answer = await create({ name: 'shop' });
    expect(answer.status).toBe(201);
    const made = repositorySchema.parse(answer.json);
    expect(made).toMatchObject({ name: 'shop', source: { kind: 'folder', path: api.folder } });
    expect((await api.audit(api.acme.id, 'repository.created')).map((event) => event.targets[0]?.id)).toContain(made.id);
  });

  test('201_the_same_key_and_request_replay_the_answer_and_make_nothing', async () => {
    const headers = { 'idempotency-key': 'repo-1' };
    const first = await create({ name: 'once' }, headers);
    const second = await create({ name: 'once' }, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect([first.headers.get('idempotency-replayed'), second.headers.get('idempotency-replayed')]).toEqual([null, 'true']);
  });

  test.each([
    { kind: 'git', url: 'https://git.example/shop.git' },
    { kind: 'git', url: 'https://git.example/shop.git', ref: 'v1' },
    { kind: 'archive' },
  ])('201_connects_%j', async (source) => {
    const answer = await api.ask('POST', '/v1/repositories', { token: api.acme.write, body: { name: JSON.stringify(source), source } });
    expect([answer.status, repositorySchema.parse(answer.json).source]).toEqual([201, source]);
  });

  test.each(['http://git.example/x', 'file:///etc', 'ssh://git@host/x', 'ext::sh', 'git@host:x'])(
    '400_for_the_git_address_%s',
    async (url) => {
      const answer = await api.ask('POST', '/v1/repositories', {
        token: api.acme.write,
        body: { name: 'git', source: { kind: 'git', url } },
      });
      expect([answer.status, answer.code]).toEqual([400, 'http.request_invalid']);
    },
  );

  test('400_for_a_folder_that_is_not_there', async () => {
    expect((await create({ name: 'gone', path: `${api.folder}/gone` })).code).toBe('ingest.folder_missing');
  });

  test.each([{ name: '' }, { name: 'a\u0000b' }, { name: 'x'.repeat(201) }])('400_for_%j', async (part) => {
    expect((await create(part)).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/repositories')).code).toBe('identity.unauthenticated');
  });

  test.each(['/etc', '/nowhere', '..'])('403_for_the_folder_%s', async (path) => {
    const answer = await create({ name: 'outside', path });
    expect([answer.status, answer.code]).toEqual([403, 'connect.folder_not_allowed']);
  });

  test('403_for_a_credential_of_scope_read', async () => {
    const answer = await api.ask('POST', '/v1/repositories', {
      token: api.acme.read,
      body: { name: 'a', source: { kind: 'folder', path: api.folder } },
    });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });

  test('409_for_a_name_that_is_taken_and_201_for_the_same_name_of_another_tenant', async () => {
    await create({ name: 'taken' });
    expect((await create({ name: 'taken' })).code).toBe('connect.name_taken');
    const theirs = { name: 'taken', source: { kind: 'folder', path: api.folder } };
    expect((await api.ask('POST', '/v1/repositories', { token: api.other.write, body: theirs })).status).toBe(201);
  });

  test('409_for_a_key_that_was_used_for_another_request', async () => {
    await create({ name: 'first use' }, { 'idempotency-key': 'reused' });
    expect((await create({ name: 'second use' }, { 'idempotency-key': 'reused' })).code).toBe('http.idempotency_key_reused');
  });

  test('a_key_of_another_tenant_is_no_key_of_ours', async () => {
    const headers = { 'idempotency-key': 'shared' };
    await create({ name: 'ours' }, headers);
    const body = { name: 'theirs', source: { kind: 'folder', path: api.folder } };
    const theirs = await api.ask('POST', '/v1/repositories', { token: api.other.write, body, headers });
    expect([theirs.status, theirs.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  test('a_refused_request_gives_its_key_back', async () => {
    const headers = { 'idempotency-key': 'retry' };
    expect((await create({ name: 'taken' }, headers)).status).toBe(409);
    await api.database.admin(`delete from app.repository where name = 'taken' and tenant_id = $1`, [api.acme.id]);
    expect((await create({ name: 'taken' }, headers)).status).toBe(201);
  });
});
