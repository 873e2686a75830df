import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listFindingActs, type FindingActView } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { absentFinding, plantInStates } from '../triage.spec-support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const { schema } = listFindingActs.answers[200];
const read = (id: string, query = '', token: string | null = api.acme.read) =>
  api.ask('GET', `/v1/findings/${id}/history${query}`, token === null ? {} : { token });
const say = (id: string, comment: string) => api.ask('POST', `/v1/findings/${id}/comments`, { token: api.acme.write, body: { comment } });

describe('listFindingActs', () => {
  test('200_newest_first_pages_through_all_once_and_each_reading_is_an_event', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['open']);
    for (const comment of ['a', 'b', 'c', 'd', 'e']) await say(id, comment);
    const items: FindingActView[] = [];
    let query = '?limit=2';
    for (let page = 0; page < 3; page += 1) {
      const { items: found, nextCursor } = schema.parse((await read(id, query)).json);
      items.push(...found);
      query = `?limit=2&cursor=${String(nextCursor)}`;
      expect(nextCursor === null).toBe(page === 2);
    }
    expect(items.map((act) => act.comment)).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect(await api.audit(api.acme.id, 'finding.history_read')).toHaveLength(3);
  });

  test('400_for_a_cursor_of_another_finding', async () => {
    const [one = '', other = ''] = await plantInStates(api, api.acme, ['open', 'open']);
    for (const comment of ['a', 'b']) await say(one, comment);
    const { nextCursor } = schema.parse((await read(one, '?limit=1')).json);
    expect((await read(other, `?cursor=${String(nextCursor)}`)).code).toBe('http.cursor_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await read(absentFinding, '', null)).code).toBe('identity.unauthenticated');
  });

  test('other_tenants_history_answers_404_as_an_absent_one', async () => {
    const [theirs = ''] = await plantInStates(api, api.other, ['open']);
    expect([(await read(theirs)).code, (await read(absentFinding)).code]).toEqual(['finding.not_found', 'finding.not_found']);
  });
});
