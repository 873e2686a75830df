import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listTokens } from '@lib/contract';
import { plantToken, testApi, type TestApi } from '../../../../tools/testing/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const pageSchema = listTokens.answers[200].schema;

describe('listTokens', () => {
  test('200_pages_through_every_token_of_the_tenant_once_newest_first', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 10 && (page === 0 || cursor !== ''); page++) {
      const answer = await api.ask('GET', `/v1/tokens?limit=2${cursor}`, { token: api.acme.admin });
      const { items, nextCursor } = pageSchema.parse(answer.json);
      seen.push(...items.map((item) => item.id));
      cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
    }
    const rows = await api.database.admin('select id from app.api_token where tenant_id = $1 order by created_at desc, id desc', [
      api.acme.id,
    ]);
    expect(seen).toEqual(rows.map((row) => row['id']));
    expect(seen).toHaveLength(3);
  });

  test('200_never_shows_a_secret_or_a_hash', async () => {
    const { text } = await api.ask('GET', '/v1/tokens', { token: api.acme.admin });
    expect(text).not.toMatch(/aegis_|hash|secret/u);
  });

  test('200_says_when_each_was_used_last', async () => {
    const secret = await plantToken(api.database, api.acme.id, { scope: 'read' });
    const lastUse = async () => {
      const [newest] = pageSchema.parse((await api.ask('GET', '/v1/tokens?limit=1', { token: api.acme.admin })).json).items;
      return newest?.lastUsedAt;
    };
    expect(await lastUse()).toBeNull();
    expect((await api.ask('GET', '/v1/tenant', { token: secret })).status).toBe(200);
    expect(await lastUse()).toMatch(/^\d{4}-/u);
  });

  test('400_for_a_cursor_of_another_tenant', async () => {
    const theirs = pageSchema.parse((await api.ask('GET', '/v1/tokens?limit=1', { token: api.other.admin })).json).nextCursor;
    const answer = await api.ask('GET', `/v1/tokens?cursor=${String(theirs)}`, { token: api.acme.admin });
    expect([answer.status, answer.code]).toEqual([400, 'http.cursor_invalid']);
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'cursor=abc', 'unknown=1', 'limit=1&limit=2'])('400_for_%s', async (query) => {
    expect((await api.ask('GET', `/v1/tokens?${query}`, { token: api.acme.admin })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/tokens')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_write', async () => {
    const answer = await api.ask('GET', '/v1/tokens', { token: api.acme.write });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });
});
