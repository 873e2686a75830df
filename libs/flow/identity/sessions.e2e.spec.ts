import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listSessions } from '@lib/contract';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { plantMember, plantSession } from '../../../tools/testing/plant-member.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';

describe('listSessions', () => {
  test('200_shows_ones_own_live_ones_newest_first_and_which_is_this', async () => {
    const member = await plantMember(api, api.acme, 'developer');
    const second = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    await plantMember(api, api.acme, 'developer');
    const list = async () =>
      listSessions.answers[200].schema.parse((await api.ask('GET', '/v1/sessions', { headers: member.headers })).json).items;
    expect((await list()).map(({ id, current }) => [id, current])).toEqual([
      [second.sessionId, false],
      [member.sessionId, true],
    ]);
    await api.database.admin(`update identity.credential set last_used_at = now() - interval '61 minutes' where subject_id = $1`, [
      second.sessionId,
    ]);
    expect((await list()).map(({ id }) => id)).toEqual([member.sessionId]);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/sessions')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_token', async () => {
    const answer = await api.ask('GET', '/v1/sessions', { token: api.acme.admin });
    expect([answer.status, answer.code]).toEqual([403, 'presence.person_needed']);
  });
});

describe('revokeSession', () => {
  test('204_ends_another_one_at_once_and_a_second_time_changes_nothing', async () => {
    const member = await plantMember(api, api.acme, 'developer');
    const lost = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    expect((await api.ask('GET', '/v1/tenant', { headers: lost.headers })).status).toBe(200);
    const revoke = async () => (await api.ask('DELETE', `/v1/sessions/${lost.sessionId}`, { headers: member.headers })).status;
    expect([await revoke(), await revoke()]).toEqual([204, 204]);
    expect((await api.ask('GET', '/v1/tenant', { headers: lost.headers })).status).toBe(401);
    const events = (await api.audit(api.acme.id, 'session.ended')).filter((event) => event.targets[0]?.id === lost.sessionId);
    expect(events).toHaveLength(1);
  });

  test('400_for_an_id_that_is_none', async () => {
    const { headers } = await plantMember(api, api.acme, 'developer');
    expect((await api.ask('DELETE', '/v1/sessions/none', { headers })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('DELETE', `/v1/sessions/${absent}`)).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_token', async () => {
    expect((await api.ask('DELETE', `/v1/sessions/${absent}`, { token: api.acme.admin })).code).toBe('presence.person_needed');
  });

  test('other_members_session_answers_404_and_goes_on', async () => {
    const { headers } = await plantMember(api, api.acme, 'owner');
    for (const tenant of [api.acme, api.other]) {
      const theirs = await plantMember(api, tenant, 'developer');
      expect((await api.ask('DELETE', `/v1/sessions/${theirs.sessionId}`, { headers })).code).toBe('session.not_found');
      expect((await api.ask('GET', '/v1/tenant', { headers: theirs.headers })).status).toBe(200);
    }
  });
});

describe('a session', () => {
  test('ends_when_nobody_uses_it_and_lasts_while_somebody_does', async () => {
    const { headers, sessionId } = await plantMember(api, api.acme, 'developer');
    const idle = (minutes: number) =>
      api.database.admin('update identity.credential set last_used_at = now() - make_interval(mins => $2) where subject_id = $1', [
        sessionId,
        minutes,
      ]);
    await idle(59);
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(200);
    const [used] = await api.database.admin(
      `select last_used_at > now() - interval '1 minute' as now from identity.credential where subject_id = $1`,
      [sessionId],
    );
    expect(used).toEqual({ now: true });
    await idle(61);
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(401);
  });

  test('ends_at_its_time_however_much_it_is_used', async () => {
    const { headers, sessionId } = await plantMember(api, api.acme, 'developer');
    await api.database.admin('update identity.credential set expires_at = now() where subject_id = $1', [sessionId]);
    expect((await api.ask('GET', '/v1/tenant', { headers })).status).toBe(401);
  });
});
