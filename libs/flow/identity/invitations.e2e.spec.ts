import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inviteMember, limits, listInvitations, tenantSchema, type Role } from '@lib/contract';
import { makeSecret } from '@lib/platform/http';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { plantMember, type PlantedMember } from '../../../tools/testing/plant-member.ts';

let api: TestApi;
let owner: PlantedMember;
beforeAll(async () => {
  api = await testApi({ trustedProxies: 1 });
  owner = await plantMember(api, api.acme, 'owner');
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';
const { schema } = inviteMember.answers[201];

let people = 0;
const newAddress = (): string => `guest${String(++people)}@people.test`;
const elsewhere = () => ({ 'x-forwarded-for': `203.0.113.${String(people)}` });
const invite = (email: string, role: Role = 'developer', by = owner) =>
  api.ask('POST', '/v1/invitations', { headers: by.headers, body: { email, role } });
const invited = async (email: string, role: Role = 'developer', by = owner) => schema.parse((await invite(email, role, by)).json);
const accept = (secret: string, email: string, name = 'A Guest') =>
  api.ask('POST', '/v1/invitations/accept', { headers: elsewhere(), body: { secret, email, name } });

describe('inviteMember', () => {
  test('201_gives_a_secret_that_is_stored_nowhere_and_leaves_an_event_without_the_address', async () => {
    const email = newAddress();
    const made = await invited(email);
    const dump = await api.database.admin(`select i::text from app.invitation i union all select c::text from identity.credential c
      union all select convert_from(entry, 'utf8') from app.audit_outbox`);
    expect(JSON.stringify(dump)).not.toContain(made.secret);
    const [event] = (await api.audit(api.acme.id, 'member.invited')).filter(({ targets }) => targets[0]?.id === made.id);
    expect(event).toMatchObject({ actor: { type: 'member', id: owner.id }, detail: { role: 'developer' } });
    expect(JSON.stringify(event)).not.toContain(email);
  });

  test('400_for_what_is_no_address_or_role', async () => {
    for (const [email, role] of [
      ['nobody', 'admin'],
      ['a@b', 'admin'],
      ['guest@people.test', 'root'],
    ] as const)
      expect((await api.ask('POST', '/v1/invitations', { headers: owner.headers, body: { email, role } })).status, email).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/invitations', { body: { email: newAddress(), role: 'admin' } })).status).toBe(401);
  });

  test('403_nobody_but_an_owner_invites_an_owner', async () => {
    const admin = await plantMember(api, api.acme, 'admin');
    expect((await invite(newAddress(), 'owner', admin)).code).toBe('member.role_too_high');
    expect((await api.ask('POST', '/v1/invitations', { token: api.acme.admin, body: { email: newAddress(), role: 'owner' } })).status).toBe(
      403,
    );
    expect((await invite(newAddress(), 'owner')).status).toBe(201);
  });

  test('409_for_a_member_and_for_somebody_who_was_invited_however_the_address_is_spelt', async () => {
    const email = newAddress();
    const { secret } = await invited(email);
    expect((await invite(email.toUpperCase())).code).toBe('invitation.exists');
    expect((await accept(secret, email)).status).toBe(204);
    expect((await invite(email)).code).toBe('member.exists');
  });
});

describe('acceptInvitation', () => {
  test('204_makes_a_member_of_that_role_and_address_who_is_signed_in', async () => {
    const email = newAddress();
    const { secret } = await invited(email, 'auditor');
    const answer = await accept(secret, email.toUpperCase(), 'Grace');
    expect(answer.status).toBe(204);
    const cookie = String(answer.headers.get('set-cookie')).split(';', 1)[0] ?? '';
    const { self } = tenantSchema.parse((await api.ask('GET', '/v1/tenant', { headers: { cookie } })).json);
    expect(self.member).toMatchObject({ name: 'Grace', email, role: 'auditor', state: 'active' });
    const events = await api.audit(api.acme.id, 'member.added');
    expect(events.at(-1)).toMatchObject({ actor: { type: 'member', id: self.member?.id }, detail: { role: 'auditor' } });
  });

  test('204_once_and_ten_at_once_make_one_member', async () => {
    const email = newAddress();
    const { secret } = await invited(email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => accept(secret, email)));
    expect(answers.filter((answer) => answer.status === 204)).toHaveLength(1);
    expect(await api.database.admin('select 1 from app.member where email = $1', [email])).toHaveLength(1);
    expect((await accept(secret, email)).code).toBe('identity.code_invalid');
  });

  test('400_for_a_body_that_does_not_fit', async () => {
    for (const body of [{}, { secret: 'a' }, { secret: 'a', email: 'x', name: 'y' }, { secret: 'a', email: 'a@b.test', name: '', more: 1 }])
      expect((await api.ask('POST', '/v1/invitations/accept', { headers: elsewhere(), body })).status).toBe(400);
  });

  test('401_for_another_address_which_spends_nothing', async () => {
    const email = newAddress();
    const { secret } = await invited(email);
    expect((await accept(secret, 'thief@people.test')).code).toBe('identity.code_invalid');
    expect((await accept(secret, email)).status).toBe(204);
  });

  test('401_for_a_secret_that_is_none_expired_taken_back_or_a_token', async () => {
    const email = newAddress();
    const late = await invited(email);
    await api.database.admin('update app.invitation set expires_at = now() where id = $1', [late.id]);
    const back = await invited(newAddress());
    await api.ask('DELETE', `/v1/invitations/${back.id}`, { headers: owner.headers });
    for (const [secret, address] of [
      [makeSecret(), email],
      [late.secret, email],
      [back.secret, back.email],
      [api.acme.admin, email],
      [api.acme.signInCode, email],
    ] as const)
      expect((await accept(secret, address)).code).toBe('identity.code_invalid');
    expect(
      (await api.ask('POST', '/v1/sessions', { headers: elsewhere(), body: { code: (await invited(newAddress())).secret } })).status,
    ).toBe(401);
  });

  test('401_when_whoever_invited_may_not_give_that_role_any_more', async () => {
    const admin = await plantMember(api, api.acme, 'admin');
    const [first, second] = [newAddress(), newAddress()];
    const [byAdmin, byLeaver] = [await invited(first, 'admin', admin), await invited(second, 'admin', admin)];
    await api.database.admin(`update app.member set role = 'analyst' where id = $1`, [admin.id]);
    expect((await accept(byAdmin.secret, first)).code).toBe('identity.code_invalid');
    await api.database.admin(`update app.member set role = 'admin', state = 'leaving', leaves_at = now() where id = $1`, [admin.id]);
    expect((await accept(byLeaver.secret, second)).code).toBe('identity.code_invalid');
  });

  test('409_when_somebody_of_that_address_became_a_member_meanwhile', async () => {
    const email = newAddress();
    const { secret } = await invited(email);
    const member = await plantMember(api, api.acme, 'developer');
    await api.database.admin('update app.member set email = $2 where id = $1', [member.id, email]);
    const answer = await accept(secret, email);
    expect([answer.status, answer.code]).toEqual([409, 'member.exists']);
  });

  test('429_for_a_guesser_while_a_guest_at_the_same_address_gets_in', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const ask = (secret: string, email: string) =>
      api.ask('POST', '/v1/invitations/accept', { headers, body: { secret, email, name: 'x' } });
    const email = newAddress();
    const { secret } = await invited(email);
    const statuses = new Set<number>();
    for (let guess = 0; guess < limits.rateFailuresPerMinute + 5; guess++) statuses.add((await ask(makeSecret(), email)).status);
    expect(statuses).toEqual(new Set([401, 429]));
    expect((await ask(secret, email)).status).toBe(204);
  });
});

describe('listInvitations', () => {
  test('200_shows_those_that_wait_without_their_secrets', async () => {
    const made = await invited(newAddress());
    const answer = await api.ask('GET', '/v1/invitations', { headers: owner.headers });
    const { items } = listInvitations.answers[200].schema.parse(answer.json);
    expect(items[0]?.id).toBe(made.id);
    expect(answer.text).not.toContain('aegis_');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/invitations')).status).toBe(401);
  });

  test('403_for_a_developer', async () => {
    const { headers } = await plantMember(api, api.acme, 'developer');
    expect((await api.ask('GET', '/v1/invitations', { headers })).code).toBe('identity.role_forbids');
  });
});

describe('revokeInvitation', () => {
  const revoke = (id: string, headers = owner.headers) => api.ask('DELETE', `/v1/invitations/${id}`, { headers });

  test('204_a_second_time_without_a_second_event', async () => {
    const { id } = await invited(newAddress());
    expect([(await revoke(id)).status, (await revoke(id)).status]).toEqual([204, 204]);
    expect((await api.audit(api.acme.id, 'invitation.revoked')).filter(({ targets }) => targets[0]?.id === id)).toHaveLength(1);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await revoke('none')).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await revoke(absent, {})).status).toBe(401);
  });

  test('403_for_a_developer', async () => {
    expect((await revoke(absent, (await plantMember(api, api.acme, 'developer')).headers)).code).toBe('identity.role_forbids');
  });

  test('other_tenants_invitation_answers_404_and_waits_on', async () => {
    const theirs = await invited(newAddress(), 'developer', await plantMember(api, api.other, 'owner'));
    expect((await revoke(theirs.id)).code).toBe('invitation.not_found');
    expect((await accept(theirs.secret, theirs.email)).status).toBe(204);
  });
});
