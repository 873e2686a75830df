import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addPasskey, askForPasskey, askForPresence, askForSignIn, limits, listPasskeys } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { addFirstPasskey, atSite, signed, site } from '../../../tools/testing/plant-passkey.ts';
import { plantMember, plantSession, type PlantedMember } from '../../../tools/testing/plant-member.ts';
import { softwarePasskey, type Said, type SoftwarePasskey } from '../../../tools/testing/software-passkey.ts';

let api: TestApi;
let aheadMs = 0;
beforeAll(async () => {
  const clock = { nowMs: () => systemClock.nowMs() + aheadMs };
  api = await testApi({ publicOrigin: site.origin, trustedProxies: 1, clock });
});
afterAll(() => api.close());

// each attempt comes from elsewhere: failed ones are counted by address
let strangers = 0;
const elsewhere = () => ({ 'x-forwarded-for': `203.0.113.${String(++strangers)}`, origin: site.origin });
const newMember = () => plantMember(api, api.acme, 'analyst');
const options = async () =>
  askForSignIn.answers[200].schema.parse((await api.ask('POST', '/v1/sessions/passkey/options', { headers: elsewhere() })).json);
const signIn = (response: unknown) => api.ask('POST', '/v1/sessions/passkey', { headers: elsewhere(), body: { response } });
const registration = async (member: PlantedMember) =>
  askForPasskey.answers[200].schema.parse((await api.ask('POST', '/v1/passkeys/options', { headers: atSite(member) })).json);
const add = (member: PlantedMember, response: unknown, headers = atSite(member)) =>
  api.ask('POST', '/v1/passkeys', { headers, body: { name: 'a key', response } });
/** A passkey that was added, and its member. */
const withPasskey = async (): Promise<{ member: PlantedMember; passkey: SoftwarePasskey }> => {
  const member = await newMember();
  return { member, passkey: await addFirstPasskey(api, member) };
};
const last = (text: string): string => `${text.slice(0, -2)}${text.endsWith('A') ? 'B' : 'A'}${text.slice(-1)}`;

describe('askForPasskey', () => {
  test('200_tells_a_browser_to_make_a_discoverable_verified_passkey_and_leaves_an_event', async () => {
    const { member, passkey } = await withPasskey();
    const asked = await registration(member);
    expect(asked).toMatchObject({
      rp: { id: site.rpId },
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ type: 'public-key', id: passkey.id }],
    });
    expect((await api.audit(api.acme.id, 'passkey.requested')).some((event) => event.targets[0]?.id === member.id)).toBe(true);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/passkeys/options')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_token_and_for_a_session_that_a_token_started', async () => {
    expect((await api.ask('POST', '/v1/passkeys/options', { token: api.acme.admin })).code).toBe('presence.person_needed');
    const started = await api.ask('POST', '/v1/sessions', { body: { token: api.acme.admin } });
    const cookie = String(started.headers.get('set-cookie')).split(';', 1)[0] ?? '';
    const headers = { cookie, 'x-aegis-request': '1', origin: site.origin };
    expect((await api.ask('POST', '/v1/passkeys/options', { headers })).code).toBe('presence.person_needed');
  });

  test('409_when_a_member_has_as_many_as_may_be', async () => {
    const member = await newMember();
    await api.database.admin(
      `insert into app.passkey (tenant_id, id, member_id, name, credential_id, public_key, counter)
       select $1, gen_random_uuid(), $2, 'one', sha256(('${member.id}' || n)::bytea), sha256('k'), 0 from generate_series(1, $3::integer) n`,
      [api.acme.id, member.id, limits.passkeysPerMemberMax],
    );
    expect((await api.ask('POST', '/v1/passkeys/options', { headers: atSite(member) })).code).toBe('passkey.too_many');
  });
});

describe('addPasskey', () => {
  test('201_keeps_several_the_first_after_signing_in_and_each_further_one_signed', async () => {
    const { member, passkey } = await withPasskey();
    const second = softwarePasskey();
    const response = second.register({ ...site, challenge: (await registration(member)).challenge });
    const unsigned = await add(member, response);
    expect([unsigned.status, unsigned.code]).toEqual([403, 'presence.needed']);
    const headers = await signed(api, { member, passkey }, { operationId: 'addPasskey', body: { name: 'a key', response } });
    const answer = await add(member, response, headers);
    expect(answer.status).toBe(201);
    const { id } = addPasskey.answers[201].schema.parse(answer.json);
    const listed = listPasskeys.answers[200].schema.parse((await api.ask('GET', '/v1/passkeys', { headers: member.headers })).json);
    expect(listed.items.map((item) => item.id)).toContain(id);
    expect(listed.items).toHaveLength(2);
    expect((await signIn(second.answer({ ...site, challenge: (await options()).challenge }))).status).toBe(204);
  });

  test('400_for_an_answer_that_is_none', async () => {
    const member = await newMember();
    for (const response of [{}, { id: 'a', rawId: 'a', type: 'password', response: {} }, 'x'])
      expect((await add(member, response)).status, JSON.stringify(response)).toBe(400);
  });

  test.each<[string, Partial<Said>]>([
    ['another_origin', { origin: 'https://evil.test' }],
    ['our_name_without_https', { origin: 'http://aegis.test' }],
    ['another_relying_party', { rpId: 'evil.test' }],
    ['a_person_who_was_not_verified', { userVerified: false }],
    ['nobody_who_was_present', { userPresent: false }],
    ['another_type', { type: 'webauthn.get' }],
  ])('401_for_%s', async (_, change) => {
    const member = await newMember();
    const { challenge } = await registration(member);
    const answer = await add(member, softwarePasskey().register({ ...site, challenge, ...change }));
    expect([answer.status, answer.code]).toEqual([401, 'presence.passkey_refused']);
  });

  test('401_for_a_challenge_of_another_member_of_another_session_of_signing_in_expired_or_spent', async () => {
    const [member, other] = [await newMember(), await newMember()];
    const { challenge } = await registration(member);
    const response = softwarePasskey().register({ ...site, challenge });
    const again = { ...member, ...(await plantSession(api, api.acme.id, { id: member.id, role: 'analyst' })) };
    const forSignIn = softwarePasskey().register({ ...site, challenge: (await options()).challenge });
    for (const answer of [await add(other, response), await add(again, response), await add(member, forSignIn)])
      expect([answer.status, answer.code]).toEqual([401, 'presence.challenge_invalid']);
    aheadMs = limits.presenceMs + 1;
    const late = await add(member, response);
    aheadMs = 0;
    expect(late.code).toBe('presence.challenge_invalid');
    expect((await add(member, response)).status).toBe(201);
    const headers = atSite(again);
    expect((await api.ask('POST', '/v1/passkeys', { headers, body: { name: 'x', response } })).status).toBe(403);
  });

  test('401_for_a_passkey_that_is_kept_already_whoever_has_it', async () => {
    const { passkey } = await withPasskey();
    const thief = await newMember();
    const stranger = await plantMember(api, api.other, 'owner');
    for (const member of [thief, stranger]) {
      const answer = await add(member, passkey.register({ ...site, challenge: (await registration(member)).challenge }));
      expect(answer.code).toBe('presence.passkey_refused');
    }
  });

  test('403_for_the_first_one_when_signing_in_was_long_ago', async () => {
    const member = await newMember();
    await api.database.admin(`update app.session set created_at = now() - interval '16 minutes' where id = $1`, [member.sessionId]);
    const answer = await add(member, softwarePasskey().register({ ...site, challenge: (await registration(member)).challenge }));
    expect([answer.status, answer.code]).toEqual([403, 'presence.sign_in_again']);
  });

  test('409_is_that_of_the_key_that_was_used_for_another_request', async () => {
    const member = await newMember();
    const headers = { ...atSite(member), 'idempotency-key': 'one' };
    const response = softwarePasskey().register({ ...site, challenge: (await registration(member)).challenge });
    expect((await add(member, response, headers)).status).toBe(201);
    const { passkey } = await withPasskey();
    expect((await add(member, passkey.register({ ...site, challenge: 'AAAA' }), headers)).status).toBe(403);
    const fresh = await newMember();
    const reused = await api.ask('POST', '/v1/passkeys', {
      headers: { ...atSite(fresh), 'idempotency-key': 'one' },
      body: { name: 'b', response },
    });
    expect([reused.status, reused.code]).toEqual([409, 'http.idempotency_key_reused']);
  });
});

describe('listPasskeys', () => {
  test('200_shows_ones_own_and_no_key', async () => {
    const { member } = await withPasskey();
    await withPasskey();
    const answer = await api.ask('GET', '/v1/passkeys', { headers: member.headers });
    expect(listPasskeys.answers[200].schema.parse(answer.json).items).toHaveLength(1);
    expect(answer.text).not.toMatch(/public|credential/iu);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/passkeys', { headers: elsewhere() })).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_token', async () => {
    expect((await api.ask('GET', '/v1/passkeys', { token: api.acme.admin })).code).toBe('presence.person_needed');
  });
});

describe('removePasskey', () => {
  const remove = (id: string, headers: Readonly<Record<string, string>>) => api.ask('DELETE', `/v1/passkeys/${id}`, { headers });
  const idsOf = async (member: PlantedMember) =>
    listPasskeys.answers[200].schema
      .parse((await api.ask('GET', '/v1/passkeys', { headers: member.headers })).json)
      .items.map(({ id }) => id);
  const withTwo = async () => {
    const { member, passkey } = await withPasskey();
    const second = softwarePasskey();
    const response = second.register({ ...site, challenge: (await registration(member)).challenge });
    await add(member, response, await signed(api, { member, passkey }, { operationId: 'addPasskey', body: { name: 'a key', response } }));
    const [first = '', next = ''] = await idsOf(member);
    return { member, passkey, second, first, next };
  };

  test('204_forgets_it_at_once', async () => {
    const { member, passkey, second, next } = await withTwo();
    const headers = await signed(api, { member, passkey }, { operationId: 'removePasskey', params: { passkeyId: next } });
    expect((await remove(next, headers)).status).toBe(204);
    expect((await signIn(second.answer({ ...site, challenge: (await options()).challenge }))).code).toBe('presence.passkey_refused');
  });

  test('400_for_an_id_that_is_none', async () => {
    const { member } = await withPasskey();
    expect((await remove('none', atSite(member))).code).toBe('http.request_invalid');
  });

  test('401_for_an_answer_to_another_action_to_another_passkey_or_for_the_second_time', async () => {
    const { member, passkey, first, next } = await withTwo();
    const forAnother = await signed(api, { member, passkey }, { operationId: 'removePasskey', params: { passkeyId: first } });
    expect((await remove(next, forAnother)).code).toBe('presence.challenge_invalid');
    const headers = await signed(api, { member, passkey }, { operationId: 'removePasskey', params: { passkeyId: next } });
    expect((await remove(next, headers)).status).toBe(204);
    expect((await remove(next, headers)).code).toBe('presence.challenge_invalid');
  });

  test('403_unsigned_and_for_whoever_has_none', async () => {
    const { member, first } = await withTwo();
    expect((await remove(first, atSite(member))).code).toBe('presence.needed');
    expect((await remove(first, atSite(await newMember()))).code).toBe('presence.person_needed');
    const answer = await api.ask('DELETE', `/v1/passkeys/${first}`, { token: api.acme.admin });
    expect([answer.status, answer.code]).toEqual([403, 'presence.person_needed']);
  });

  test('other_members_passkey_answers_404_and_stays', async () => {
    const theirs = await withTwo();
    const { member, passkey } = await withPasskey();
    const headers = await signed(api, { member, passkey }, { operationId: 'removePasskey', params: { passkeyId: theirs.first } });
    const answer = await remove(theirs.first, headers);
    expect([answer.status, answer.code]).toEqual([404, 'passkey.not_found']);
    expect(await idsOf(theirs.member)).toHaveLength(2);
    const stranger = await plantMember(api, api.other, 'owner');
    await addFirstPasskey(api, stranger);
    const [passkeyId = ''] = await idsOf(stranger);
    const foreign = await remove(
      passkeyId,
      await signed(api, { member, passkey }, { operationId: 'removePasskey', params: { passkeyId } }),
    );
    expect([foreign.status, foreign.code]).toEqual([404, 'passkey.not_found']);
  });

  test('409_for_the_last_one', async () => {
    const { member, passkey } = await withPasskey();
    const [passkeyId = ''] = await idsOf(member);
    const headers = await signed(api, { member, passkey }, { operationId: 'removePasskey', params: { passkeyId } });
    expect((await remove(passkeyId, headers)).code).toBe('passkey.last_one');
  });
});

describe('askForSignIn', () => {
  test('200_names_no_passkey_and_writes_no_row', async () => {
    const rows = async () => await api.database.admin('select count(*)::int as n from identity.spent_challenge');
    const before = await rows();
    const [first, second] = [await options(), await options()];
    expect(first).toMatchObject({ rpId: site.rpId, userVerification: 'required', allowCredentials: [] });
    expect(first.challenge).not.toBe(second.challenge);
    expect(await rows()).toEqual(before);
  });

  test('400_for_a_body_that_is_no_json', async () => {
    const headers = { ...elsewhere(), 'content-type': 'application/json' };
    expect((await api.ask('POST', '/v1/sessions/passkey/options', { headers, body: '{' })).status).toBe(400);
  });
});

describe('signInWithPasskey', () => {
  test('204_opens_a_session_of_the_member_whose_passkey_it_is', async () => {
    const { member, passkey } = await withPasskey();
    const answer = await signIn(passkey.answer({ ...site, challenge: (await options()).challenge }));
    expect(answer.status).toBe(204);
    const cookie = String(answer.headers.get('set-cookie')).split(';', 1)[0] ?? '';
    const tenant = await api.ask('GET', '/v1/tenant', { headers: { cookie } });
    expect(tenant.text).toContain(member.id);
    const events = await api.audit(api.acme.id, 'session.started');
    expect(events.at(-1)).toMatchObject({ actor: { type: 'member', id: member.id }, detail: { by: 'passkey' } });
  });

  test('400_for_a_body_that_does_not_fit', async () => {
    for (const body of [{}, { response: {} }, { response: 'x' }, { password: 'x' }])
      expect((await api.ask('POST', '/v1/sessions/passkey', { headers: elsewhere(), body })).status).toBe(400);
  });

  test.each<[string, Partial<Said>]>([
    ['another_origin', { origin: 'https://evil.test' }],
    ['another_relying_party', { rpId: 'evil.test' }],
    ['a_person_who_was_not_verified', { userVerified: false }],
    ['nobody_who_was_present', { userPresent: false }],
    ['another_type', { type: 'webauthn.create' }],
  ])('401_for_%s', async (_, change) => {
    const { passkey } = await withPasskey();
    const answer = await signIn(passkey.answer({ ...site, challenge: (await options()).challenge, ...change }));
    expect([answer.status, answer.code]).toEqual([401, 'presence.passkey_refused']);
  });

  test('401_for_one_changed_character_in_any_part', async () => {
    const { passkey } = await withPasskey();
    for (const part of ['clientDataJSON', 'authenticatorData', 'signature'] as const) {
      const given = passkey.answer({ ...site, challenge: (await options()).challenge });
      const answer = await signIn({ ...given, response: { ...given.response, [part]: last(given.response[part]) } });
      expect(answer.status, part).toBe(401);
    }
  });

  test('401_for_a_second_time_and_ten_at_once_open_one_session', async () => {
    const { passkey } = await withPasskey();
    const response = passkey.answer({ ...site, challenge: (await options()).challenge });
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(response)));
    expect(answers.map((answer) => answer.code ?? answer.status).toSorted()).toEqual([
      204,
      ...Array.from({ length: 9 }, () => 'presence.challenge_invalid'),
    ]);
  });

  test('401_for_a_challenge_that_is_old_not_ours_or_for_something_else', async () => {
    const { member, passkey } = await withPasskey();
    const { challenge } = await options();
    aheadMs = limits.presenceMs + 1;
    const late = await signIn(passkey.answer({ ...site, challenge }));
    aheadMs = 0;
    const foreign = await signIn(passkey.answer({ ...site, challenge: Buffer.alloc(54, 7).toString('base64url') }));
    const other = await signIn(passkey.answer({ ...site, challenge: (await registration(member)).challenge }));
    for (const answer of [late, foreign, other]) expect([answer.status, answer.code]).toEqual([401, 'presence.challenge_invalid']);
  });

  test('401_for_the_key_of_one_under_the_id_of_another', async () => {
    const [mine, theirs] = [await withPasskey(), await withPasskey()];
    const response = mine.passkey.answer({ ...site, challenge: (await options()).challenge });
    const answer = await signIn({ ...response, id: theirs.passkey.id, rawId: theirs.passkey.id });
    expect([answer.status, answer.code]).toEqual([401, 'presence.passkey_refused']);
  });

  test('401_for_a_counter_that_does_not_go_up_which_the_log_tells', async () => {
    const { passkey, member } = await withPasskey();
    const withCounter = async (counter: number) => signIn(passkey.answer({ ...site, challenge: (await options()).challenge, counter }));
    expect((await withCounter(5)).status).toBe(204);
    for (const counter of [5, 4, 0]) expect((await withCounter(counter)).code).toBe('presence.passkey_copied');
    expect((await withCounter(6)).status).toBe(204);
    const events = (await api.audit(api.acme.id, 'passkey.copied')).filter((event) => event.actor.id === member.id);
    expect(events.map((event) => event.outcome)).toEqual(['denied', 'denied', 'denied']);
  });

  test('401_for_a_member_who_may_not_come_in_any_more', async () => {
    const { member, passkey } = await withPasskey();
    await api.database.admin(`update app.member set state = 'leaving', leaves_at = now() where id = $1`, [member.id]);
    expect((await signIn(passkey.answer({ ...site, challenge: (await options()).challenge }))).code).toBe('presence.passkey_refused');
    expect((await api.ask('GET', '/v1/tenant', { headers: member.headers })).status).toBe(401);
  });

  test('429_for_a_guesser_while_a_member_at_the_same_address_gets_in', async () => {
    const { passkey } = await withPasskey();
    const headers = { 'x-forwarded-for': '198.51.100.9', origin: site.origin };
    const response = softwarePasskey().answer({ ...site, challenge: (await options()).challenge });
    const statuses = new Set<number>();
    for (let guess = 0; guess < limits.rateFailuresPerMinute + 5; guess++)
      statuses.add((await api.ask('POST', '/v1/sessions/passkey', { headers, body: { response } })).status);
    expect(statuses).toEqual(new Set([401, 429]));
    const right = passkey.answer({ ...site, challenge: (await options()).challenge });
    expect((await api.ask('POST', '/v1/sessions/passkey', { headers, body: { response: right } })).status).toBe(204);
  });
});

describe('askForPresence', () => {
  const ask = (member: PlantedMember, body: unknown) => api.ask('POST', '/v1/presence', { headers: atSite(member), body });

  test('200_the_challenge_is_the_digest_of_the_text_that_is_shown', async () => {
    const { member, passkey } = await withPasskey();
    const answer = await ask(member, { operationId: 'removePasskey', params: { passkeyId: 'x' } });
    const { action, options: asked } = askForPresence.answers[200].schema.parse(answer.json);
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(action))).toString('base64url');
    expect(asked.challenge).toBe(digest);
    expect(JSON.parse(action)).toMatchObject({
      operationId: 'removePasskey',
      params: { passkeyId: 'x' },
      memberId: member.id,
      tenantId: api.acme.id,
    });
    expect(asked.allowCredentials.map(({ id }) => id)).toEqual([passkey.id]);
  });

  test('400_for_an_operation_that_is_not_signed', async () => {
    const { member } = await withPasskey();
    for (const operationId of ['listScans', 'nothing', '__proto__'])
      expect((await ask(member, { operationId })).code).toBe('presence.operation_unknown');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/presence', { headers: elsewhere(), body: { operationId: 'addPasskey' } })).status).toBe(401);
  });

  test('403_for_whoever_has_no_passkey', async () => {
    expect((await ask(await newMember(), { operationId: 'addPasskey' })).code).toBe('presence.person_needed');
  });
});
