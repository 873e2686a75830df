import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { absentFinding, plantInStates, stateOf } from '../triage.spec-support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const decide = (findingIds: readonly string[], token: string | null = api.acme.write, count = findingIds.length) =>
  api.ask('POST', '/v1/findings/decisions', { body: { findingIds, count, state: 'confirmed' }, ...(token === null ? {} : { token }) });

describe('decideFindings', () => {
  test('200_says_how_many_were_changed_and_every_one_of_them_is_in_an_event', async () => {
    const ids = await plantInStates(api, api.acme, [...Array.from({ length: 25 }, () => 'open'), 'fixed', 'confirmed']);
    const answer = await decide(ids);
    expect([answer.status, answer.json]).toEqual([200, { changed: 25, unchanged: 2 }]);
    expect(await Promise.all(ids.map((id) => stateOf(api, id)))).toEqual([
      ...Array.from({ length: 25 }, () => 'confirmed'),
      'fixed',
      'confirmed',
    ]);
    const named = (await api.audit(api.acme.id, 'finding.decided')).flatMap((event) => event.targets.map((target) => target.id));
    expect(named.toSorted()).toEqual(ids.slice(0, 25).toSorted());
  });

  test('200_the_same_id_twice_is_one_finding', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['open']);
    expect((await decide([id, id], api.acme.write, 1)).json).toEqual({ changed: 1, unchanged: 0 });
  });

  test('400_for_none_and_for_more_than_a_page', async () => {
    for (const ids of [[], Array.from({ length: limits.findingsPerDecisionMax + 1 }, () => absentFinding)])
      expect((await decide(ids)).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await decide([absentFinding], null)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_that_may_only_read', async () => {
    expect((await decide([absentFinding], api.acme.read)).status).toBe(403);
  });

  test('other_tenants_finding_among_ours_answers_404_and_nothing_is_changed', async () => {
    const [ours = ''] = await plantInStates(api, api.acme, ['open']);
    const [theirs = ''] = await plantInStates(api, api.other, ['open']);
    for (const foreign of [theirs, absentFinding]) expect((await decide([ours, foreign])).code).toBe('finding.not_found');
    expect([await stateOf(api, ours), await stateOf(api, theirs)]).toEqual(['open', 'open']);
  });

  test('409_where_the_number_is_not_the_one_that_was_confirmed', async () => {
    const ids = await plantInStates(api, api.acme, ['open', 'open']);
    expect((await decide(ids, api.acme.write, 3)).code).toBe('finding.count_differs');
    expect(await Promise.all(ids.map((id) => stateOf(api, id)))).toEqual(['open', 'open']);
  });
});
