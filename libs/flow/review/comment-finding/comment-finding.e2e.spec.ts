import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findingActSchema, limits } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { absentFinding, plantInStates } from '../triage.spec-support.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const say = (id: string, comment: unknown, token: string | null = api.acme.write) =>
  api.ask('POST', `/v1/findings/${id}/comments`, { body: { comment }, ...(token === null ? {} : { token }) });

describe('commentFinding', () => {
  test('201_what_was_said_is_kept_as_it_was_said_and_the_log_has_nothing_of_it', async () => {
    const [id = ''] = await plantInStates(api, api.acme, ['fixed']);
    const comment = '<img src=x onerror=alert(1)> \u202Etxt';
    const answer = await say(id, `  ${comment} `);
    expect([answer.status, findingActSchema.parse(answer.json).comment]).toEqual([201, comment]);
    const [event] = await api.audit(api.acme.id, 'finding.commented');
    expect(event?.targets).toEqual([{ type: 'finding', id }]);
    expect(JSON.stringify(event)).not.toContain('onerror');
  });

  test('400_for_what_is_no_comment', async () => {
    for (const comment of [undefined, ' ', '\u0000', 'x'.repeat(limits.commentCharsMax + 1)])
      expect((await say(absentFinding, comment)).code, String(comment).slice(0, 9)).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await say(absentFinding, 'x', null)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_that_may_only_read', async () => {
    expect((await say(absentFinding, 'x', api.acme.read)).status).toBe(403);
  });

  test('other_tenants_finding_answers_404_as_an_absent_one_and_nothing_is_added', async () => {
    const [theirs = ''] = await plantInStates(api, api.other, ['open']);
    expect([(await say(theirs, 'x')).code, (await say(absentFinding, 'x')).code]).toEqual(['finding.not_found', 'finding.not_found']);
    expect(await api.database.admin('select 1 from app.finding_act where finding_id = $1', [theirs])).toEqual([]);
  });
});
