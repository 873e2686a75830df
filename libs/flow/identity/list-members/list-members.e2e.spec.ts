import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMembers } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantMember } from '../../../../tools/testing/plant-member.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  for (const role of ['admin', 'auditor'] as const) await plantMember(api, api.acme, role);
  await plantMember(api, api.other, 'admin');
});
afterAll(() => api.close());
const { schema } = listMembers.answers[200];

describe('listMembers', () => {
  test('200_pages_through_every_member_of_the_tenant_once_oldest_first_and_says_so_in_the_log', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 10 && (page === 0 || cursor !== ''); page++) {
      const { items, nextCursor } = schema.parse((await api.ask('GET', `/v1/members?limit=2${cursor}`, { token: api.acme.read })).json);
      seen.push(...items.map((item) => item.id));
      cursor = nextCursor === null ? '' : `&cursor=${nextCursor}`;
    }
    const rows = await api.database.admin('select id from app.member where tenant_id = $1 order by created_at, id', [api.acme.id]);
    expect(seen).toEqual(rows.map((row) => row['id']));
    expect(seen).toHaveLength(3);
    expect(await api.audit(api.acme.id, 'members.listed')).toHaveLength(2);
  });

  test('400_for_a_cursor_of_another_list', async () => {
    const page = schema.parse((await api.ask('GET', '/v1/members?limit=1', { token: api.acme.read })).json);
    const answer = await api.ask('GET', `/v1/tokens?cursor=${String(page.nextCursor)}`, { token: api.acme.admin });
    expect([answer.status, answer.code]).toEqual([400, 'http.cursor_invalid']);
    expect((await api.ask('GET', '/v1/members?cursor=abc', { token: api.acme.read })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/members')).code).toBe('identity.unauthenticated');
  });
});
