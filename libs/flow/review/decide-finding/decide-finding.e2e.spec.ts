import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingSchema, listFindingActs } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { absentFinding, plantInStates, stateOf } from '../triage.spec-support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const decide = (id: string, body: object, token: string | null = api.acme.write) =>
  api.ask('POST', `/v1/findings/${id}/decision`, { body, ...(token === null ? {} : { token }) });
const historyOf = async (id: string) =>
  listFindingActs.answers[200].schema.parse((await api.ask('GET', `/v1/findings/${id}/history`, { token: api.acme.read })).json).items;

describe('decideFinding', () => {
  test('200_the_state_its_history_and_the_event_are_one_transaction', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['open']);
    const answer = await decide(id, { state: 'confirmed', comment: 'reached from the sign-up form' });
    expect([answer.status, findingSchema.parse(answer.json).state]).toEqual([200, 'confirmed']);
    expect(await historyOf(id)).toMatchObject([{ fromState: 'open', toState: 'confirmed', comment: 'reached from the sign-up form' }]);
    const events = await api.audit(api.acme.id, 'finding.decided');
    const event = events.find(({ targets }) => targets[0]?.id === id);
    expect(event?.detail).toEqual({ state: 'confirmed', commented: true });
  });

  test('200_a_decision_is_taken_back_and_both_stay_in_the_history', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['open']);
    await decide(id, { state: 'in_review' });
    await decide(id, { state: 'open' });
    expect((await historyOf(id)).map((act) => act.toState)).toEqual(['open', 'in_review']);
    expect(await stateOf(api, id)).toBe('open');
  });

  test('200_what_stands_already_changes_nothing_and_what_was_said_to_it_stays', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['confirmed']);
    expect((await decide(id, { state: 'confirmed' })).status).toBe(200);
    expect(await historyOf(id)).toEqual([]);
    await decide(id, { state: 'confirmed', comment: 'still so' });
    expect(await historyOf(id)).toMatchObject([{ fromState: null, toState: null, comment: 'still so' }]);
  });

  test('200_ten_at_once_are_one_step_of_the_history', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['open']);
    const answers = await Promise.all(Array.from({ length: 10 }, () => decide(id, { state: 'confirmed' })));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await historyOf(id)).toHaveLength(1);
  });

  test('400_for_a_state_that_is_nothing_a_person_decides', async () => {
    for (const state of ['fixed', 'reopened', 'false_positive', ''])
      expect((await decide(absentFinding, { state })).code, state).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await decide(absentFinding, { state: 'open' }, null)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_that_may_only_read', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['open']);
    expect((await decide(id, { state: 'confirmed' }, api.acme.read)).status).toBe(403);
    expect(await stateOf(api, id)).toBe('open');
  });

  test('other_tenants_finding_answers_404_as_an_absent_one_and_stays_as_it_is', async () => {
    const [theirs = ''] = await plantInStates(api, api.other, ['open']);
    const [foreign, absent] = [await decide(theirs, { state: 'confirmed' }), await decide(absentFinding, { state: 'confirmed' })];
    expect([foreign.code, absent.code]).toEqual(['finding.not_found', 'finding.not_found']);
    expect(await stateOf(api, theirs)).toBe('open');
  });

  test('409_for_a_fixed_one_whatever_is_decided', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['fixed']);
    for (const state of ['open', 'in_review', 'confirmed']) expect((await decide(id, { state, comment: 'x' })).code).toBe('finding.fixed');
    expect([await stateOf(api, id), await historyOf(id)]).toEqual(['fixed', []]);
  });
});
