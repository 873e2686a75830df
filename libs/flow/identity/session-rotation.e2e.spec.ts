import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashSecret } from '@lib/platform/http';
import { testApi, type Answer, type TestApi } from '../../../tools/testing/api.ts';
import { plantMember, plantSession, type PlantedMember } from '../../../tools/testing/plant-member.ts';

// Times are moved in the database, by whose clock they count.
let api: TestApi;
beforeAll(async () => {
  api = await testApi({ trustedProxies: 1 });
});
afterAll(() => api.close());

let strangers = 0;
const ask = (secret: string): Promise<Answer> => {
  strangers += 1; // failed attempts are counted by address
  const headers = {
    cookie: `aegis_session=${secret}`,
    'x-aegis-request': '1',
    origin: api.base,
    'x-forwarded-for': `198.51.100.${String(strangers)}`,
  };
  return api.ask('GET', '/v1/tenant', { headers });
};
const given = (answer: Answer): string | undefined =>
  /^aegis_session=(aegis_[\w-]{43});/u.exec(answer.headers.getSetCookie()[0] ?? '')?.[1];
const moved = (secret: string, column: 'made_at' | 'replaced_at', minutes: number) =>
  api.database.admin(`update identity.credential set ${column} = now() - make_interval(mins => $2) where hash = $1`, [
    hashSecret(secret),
    minutes,
  ]);
const age = (secret: string) => moved(secret, 'made_at', 16);

async function next(secret: string): Promise<string> {
  await age(secret);
  const follower = given(await ask(secret));
  if (follower === undefined) throw new Error('a secret that is due was followed by another');
  return follower;
}

describe('the secret of a session', () => {
  let member: PlantedMember;
  beforeAll(async () => {
    member = await plantMember(api, api.acme, 'developer');
  });

  test('stays_while_it_is_young', async () => {
    expect(given(await ask(member.secret))).toBeUndefined();
  });

  test('is_followed_by_another_that_is_bound_alike_and_ends_no_later', async () => {
    await age(member.secret);
    const answer = await ask(member.secret);
    expect(answer.headers.getSetCookie()[0]).toMatch(/; Path=\/; Max-Age=3[0-5]\d\d; HttpOnly; SameSite=Strict$/u);
    const ends = await api.database.admin('select distinct expires_at from identity.credential where subject_id = $1', [member.sessionId]);
    expect(ends).toHaveLength(1);
  });

  test('several_requests_at_once_get_one_follower_and_all_of_them_hold', async () => {
    const { secret } = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    await age(secret);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(secret)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(answers.flatMap((answer) => given(answer) ?? [])).toHaveLength(1);
  });

  test('holds_until_its_follower_is_used_and_a_follower_that_was_lost_is_made_anew', async () => {
    const { secret } = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    const lost = await next(secret);
    expect(given(await ask(secret))).toBeUndefined(); // one waits
    await moved(lost, 'made_at', 2);
    const second = given(await ask(secret));
    expect(second).toBeDefined();
    expect((await ask(lost)).status).toBe(401); // whoever has that one was too late
    expect((await ask(second ?? '')).status).toBe(200);
  });

  test('holds_a_moment_longer_for_requests_that_were_under_way', async () => {
    const { secret } = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    const follower = await next(secret);
    expect((await ask(follower)).status).toBe(200);
    expect((await ask(secret)).status).toBe(200);
    expect(given(await ask(secret))).toBeUndefined();
  });

  test('that_is_used_long_after_ends_the_session_for_both_and_the_log_says_so_once', async () => {
    const { secret, sessionId } = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    const follower = await next(secret);
    expect((await ask(follower)).status).toBe(200);
    await moved(secret, 'replaced_at', 1);
    expect((await ask(secret)).status).toBe(401);
    expect((await ask(follower)).status).toBe(401);
    expect((await ask(secret)).status).toBe(401);
    const events = (await api.audit(api.acme.id, 'session.reused')).filter((event) => event.targets[0]?.id === sessionId);
    expect(events.map(({ outcome, actor }) => [outcome, actor.id])).toEqual([['denied', sessionId]]);
    const [row] = await api.database.admin('select ended_at is not null as ended from app.session where id = $1', [sessionId]);
    expect(row).toEqual({ ended: true });
  });

  test('that_was_replaced_is_known_as_stolen_after_an_idle_hour_too', async () => {
    const { secret } = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    const follower = await next(secret);
    expect((await ask(follower)).status).toBe(200);
    await moved(secret, 'replaced_at', 90);
    await api.database.admin(`update identity.credential set last_used_at = now() - interval '90 minutes' where hash = $1`, [
      hashSecret(secret),
    ]);
    await ask(secret);
    expect((await ask(follower)).status).toBe(401);
  });

  test('is_another_at_the_next_request_after_another_role', async () => {
    const { secret } = await plantSession(api, api.acme.id, { id: member.id, role: 'developer' });
    const owner = await plantMember(api, api.acme, 'owner');
    const changed = await api.ask('POST', `/v1/members/${member.id}/role`, { headers: owner.headers, body: { role: 'analyst' } });
    expect(changed.status).toBe(200);
    expect(given(await ask(secret))).toBeDefined();
  });

  test('of_a_token_stays_what_it_is', async () => {
    await api.database.admin(`update identity.credential set made_at = now() - interval '1 year' where kind = 'token'`);
    const answer = await api.ask('GET', '/v1/tenant', { token: api.acme.read });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
  });

  test('is_not_followed_by_whoever_only_guesses_at_a_hash', async () => {
    const before = await api.database.admin('select count(*)::int as n from identity.credential');
    expect((await ask(`aegis_${'x'.repeat(43)}`)).status).toBe(401);
    expect(await api.database.admin('select count(*)::int as n from identity.credential')).toEqual(before);
  });
});
