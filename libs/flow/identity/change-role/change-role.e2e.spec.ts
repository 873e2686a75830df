import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createToken, memberSchema, roles, type MemberId, type Role } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantMember, type PlantedMember } from '../../../../tools/testing/plant-member.ts';

let api: TestApi;
let owner: PlantedMember;
beforeAll(async () => {
  api = await testApi();
  owner = await plantMember(api, api.acme, 'owner');
});
afterAll(() => api.close());
const absent = '0195a1d0-0000-7000-8000-000000000000';
const change = (by: PlantedMember, id: string, role: string) =>
  api.ask('POST', `/v1/members/${id}/role`, { headers: by.headers, body: { role } });
const roleOf = async (id: MemberId) => (await api.database.admin('select role from app.member where id = $1', [id]))[0]?.['role'];

describe('changeRole', () => {
  test('200_counts_from_the_next_request_of_every_session_and_token_of_the_member', async () => {
    const member = await plantMember(api, api.acme, 'admin');
    const made = await api.ask('POST', '/v1/tokens', { headers: member.headers, body: { name: 'theirs', scope: 'admin' } });
    const { secret } = createToken.answers[201].schema.parse(made.json);
    expect((await api.ask('GET', '/v1/tokens', { token: secret })).status).toBe(200);
    const answer = await change(owner, member.id, 'developer');
    expect(answer.status).toBe(200);
    expect(memberSchema.parse(answer.json)).toMatchObject({ id: member.id, role: 'developer' });
    expect((await api.ask('GET', '/v1/tokens', { token: secret })).code).toBe('identity.role_forbids');
    expect((await api.ask('GET', '/v1/tokens', { headers: member.headers })).code).toBe('identity.role_forbids');
    expect((await api.ask('GET', '/v1/scans', { headers: member.headers })).status).toBe(200);
  });

  test('200_writes_who_made_whom_what_in_the_same_transaction_and_a_change_to_the_same_writes_nothing', async () => {
    const member = await plantMember(api, api.acme, 'analyst');
    await change(owner, member.id, 'auditor');
    await change(owner, member.id, 'auditor');
    const events = (await api.audit(api.acme.id, 'member.role_changed')).filter((event) => event.targets[0]?.id === member.id);
    expect(events.map(({ actor, detail }) => ({ actor, detail }))).toEqual([
      { actor: { type: 'member', id: owner.id }, detail: { from: 'analyst', to: 'auditor' } },
    ]);
  });

  test('200_two_owners_who_step_down_at_once_leave_one', async () => {
    const tenant = api.other;
    const both = [await plantMember(api, tenant, 'owner'), await plantMember(api, tenant, 'owner')];
    await api.database.admin(`update app.member set role = 'admin' where tenant_id = $1 and id <> all($2)`, [
      tenant.id,
      both.map(({ id }) => id),
    ]);
    const answers = await Promise.all(both.map((one) => change(one, one.id, 'developer')));
    expect(answers.map((answer) => answer.code ?? answer.status).toSorted()).toEqual([200, 'member.last_owner']);
  });

  test('400_for_a_role_that_is_none', async () => {
    for (const role of ['root', '', 'Owner', 'staff']) expect((await change(owner, owner.id, role)).status, role).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/members/${absent}/role`, { body: { role: 'admin' } })).code).toBe('identity.unauthenticated');
  });

  test('403_nobody_but_an_owner_makes_or_unmakes_an_owner', async () => {
    const admin = await plantMember(api, api.acme, 'admin');
    const friend = await plantMember(api, api.acme, 'developer');
    for (const [id, role] of [
      [admin.id, 'owner'],
      [friend.id, 'owner'],
      [owner.id, 'auditor'],
    ] as const) {
      const answer = await change(admin, id, role);
      expect([answer.status, answer.code]).toEqual([403, 'member.role_too_high']);
    }
    const byToken = await api.ask('POST', `/v1/members/${friend.id}/role`, { token: api.acme.admin, body: { role: 'owner' } });
    expect(byToken.code).toBe('member.role_too_high');
    expect([await roleOf(admin.id), await roleOf(friend.id), await roleOf(owner.id)]).toEqual(['admin', 'developer', 'owner']);
  });

  test.each(roles.filter((role) => role !== 'owner' && role !== 'admin'))('403_for_a_member_who_is_%s', async (role: Role) => {
    const member = await plantMember(api, api.acme, role);
    expect((await change(member, member.id, 'admin')).code).toBe('identity.role_forbids');
  });

  test('other_tenants_member_answers_404_and_stays', async () => {
    const theirs = await plantMember(api, api.other, 'developer');
    const answer = await change(owner, theirs.id, 'auditor');
    expect([answer.status, answer.code]).toEqual([404, 'member.not_found']);
    expect(await roleOf(theirs.id)).toBe('developer');
  });

  test('409_for_the_last_owner', async () => {
    await api.database.admin(`update app.member set role = 'admin' where tenant_id = $1 and id <> $2`, [api.acme.id, owner.id]);
    const answer = await change(owner, owner.id, 'admin');
    expect([answer.status, answer.code]).toEqual([409, 'member.last_owner']);
  });
});
