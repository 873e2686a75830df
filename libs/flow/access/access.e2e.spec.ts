import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ElevationId } from '@lib/contract';
import { closeDatabase, lendConnection, openDatabase, type Database } from '@lib/platform/db';
import { openElevation } from '@lib/guard/tenancy';
import { testApi, type Answer, type TestApi, type TestTenant } from '../../../tools/testing/api.ts';
import { plantMember, type PlantedMember } from '../../../tools/testing/plant-member.ts';
import { askForElevation, plantStaff, type PlantedStaff, type Wanted } from '../../../tools/testing/plant-staff.ts';

let api: TestApi;
let staff: Database;
let ada: PlantedStaff;
let ben: PlantedStaff;
let owner: PlantedMember;
beforeAll(async () => {
  api = await testApi();
  staff = openDatabase({ url: api.database.urls.aegis_staff, poolMax: 1, applicationName: 'test' });
  ada = await plantStaff(api.database, 'Ada');
  ben = await plantStaff(api.database, 'Ben');
  owner = await plantMember(api, api.acme, 'owner');
});
afterAll(async () => {
  await closeDatabase(staff);
  await api.close();
});
beforeEach(() => api.database.admin('delete from app.access_setting'));

const run = async (text: string, values: readonly unknown[]) =>
  lendConnection(staff, async (connection) => (await connection.send({ name: '', text, values: [...values] })).rows);
const ask = async (wanted: Partial<Wanted> = {}, tenant: TestTenant = api.acme): Promise<ElevationId> =>
  (await askForElevation(run, ada, { tenant: tenant.id, ...wanted })).id;
const isOpen = async (elevationId: ElevationId): Promise<boolean> =>
  (await openElevation(staff, { sessionHash: ada.sessionHash, elevationId })) !== undefined;
const list = (token: string, query = ''): Promise<Answer> => api.ask('GET', `/v1/access${query}`, { token });
const itemsOf = ({ json }: Answer) => (json as { items: readonly Record<string, unknown>[] }).items;
const demandOwn = (by = owner): Promise<Answer> => api.ask('POST', '/v1/access-rule', { headers: by.headers, body: { ownApproval: true } });

describe('listElevations', () => {
  test('200_shows_who_asked_by_which_ticket_how_far_and_how_it_stands_newest_first', async () => {
    const [first, second] = [await ask({ ticket: 'SUP-1' }), await ask({ ticket: 'SUP-2', scope: 'findings' })];
    const items = itemsOf(await list(api.acme.read, '?limit=2'));
    expect(items).toMatchObject([
      { id: second, person: { id: ada.id, name: 'Ada' }, ticket: 'SUP-2', scope: 'findings', state: 'waiting', approvedBy: null, reads: 0 },
      { id: first, ticket: 'SUP-1', scope: 'metadata', state: 'active', minutes: 30, endedAt: null },
    ]);
    await run('select identity.approve_elevation($1, $2)', [ben.sessionHash, second]);
    expect(itemsOf(await list(api.acme.read, '?limit=1'))).toMatchObject([{ id: second, state: 'active', approvedBy: 'Ben' }]);
    expect(itemsOf(await list(api.other.read))).toEqual([]);
    expect(await api.audit(api.acme.id, 'operator.access_listed')).not.toHaveLength(0);
  });

  test('200_goes_on_where_a_page_ends', async () => {
    const ids = [await ask(), await ask(), await ask()];
    const page = (await list(api.acme.read, '?limit=2')).json as { nextCursor: string };
    const next = itemsOf(await list(api.acme.read, `?limit=1&cursor=${encodeURIComponent(page.nextCursor)}`));
    expect(next).toMatchObject([{ id: ids[0] }]);
  });

  test('400_for_a_cursor_of_another_tenant', async () => {
    for (let n = 0; n < 2; n += 1) await ask({}, api.other);
    const { nextCursor } = (await list(api.other.read, '?limit=1')).json as { nextCursor: string };
    expect((await list(api.acme.read, `?cursor=${encodeURIComponent(nextCursor)}`)).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/access')).status).toBe(401);
  });
});

describe('listAccessReads', () => {
  const reads = (token: string | undefined, id: string): Promise<Answer> =>
    api.ask('GET', `/v1/access/${id}/reads`, token === undefined ? {} : { token });

  test('200_shows_each_thing_that_was_read_and_when', async () => {
    const id = await ask();
    const target = randomUUID();
    await api.database.admin(
      `insert into app.staff_read (tenant_id, id, elevation_id, what, target_id) values ($1, identity.time_id(), $2, 'scan', $3)`,
      [api.acme.id, id, target],
    );
    expect(itemsOf(await reads(api.acme.read, id))).toMatchObject([{ what: 'scan', targetId: target }]);
  });

  test('400_for_what_is_no_id', async () => {
    expect((await reads(api.acme.read, 'x')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await reads(undefined, randomUUID())).status).toBe(401);
  });

  test('404_for_an_elevation_of_another_tenant_as_for_none', async () => {
    const foreign = await reads(api.acme.read, await ask({}, api.other));
    expect(foreign).toMatchObject({ status: 404, code: 'elevation.not_found' });
  });
});

describe('revokeElevation', () => {
  const revoke = (token: string | undefined, id: string): Promise<Answer> =>
    api.ask('POST', `/v1/access/${id}/revocation`, token === undefined ? {} : { token });

  const states = ['active', 'waiting'] as const;
  test.each(states)('204_ends_one_that_is_%s_at_once_and_says_so_in_the_log', async (before) => {
    const id = await ask(before === 'active' ? {} : { scope: 'findings' });
    expect((await revoke(api.acme.admin, id)).status).toBe(204);
    expect(await isOpen(id)).toBe(false);
    await run('select identity.approve_elevation($1, $2)', [ben.sessionHash, id]);
    expect(await isOpen(id)).toBe(false);
    const [event] = (await api.audit(api.acme.id, 'operator.revoked')).filter(({ targets }) => targets[0]?.id === id);
    expect(event).toMatchObject({ actor: { type: 'token' }, detail: { before } });
    expect(itemsOf(await list(api.acme.read, '?limit=1'))).toMatchObject([{ id, state: 'over', endedBy: 'customer' }]);
  });

  test('400_for_what_is_no_id', async () => {
    expect((await revoke(api.acme.admin, 'x')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await revoke(undefined, randomUUID())).status).toBe(401);
  });

  test('403_for_a_member_who_may_only_look', async () => {
    const { headers } = await plantMember(api, api.acme, 'auditor');
    expect((await api.ask('POST', `/v1/access/${await ask()}/revocation`, { headers })).status).toBe(403);
  });

  test('404_for_another_tenants_elevation_which_goes_on_and_for_one_that_is_over', async () => {
    const theirs = await ask({}, api.other);
    expect((await revoke(api.acme.admin, theirs)).status).toBe(404);
    expect(await isOpen(theirs)).toBe(true);
    const own = await ask();
    await revoke(api.acme.admin, own);
    expect(await revoke(api.acme.admin, own)).toMatchObject({ status: 404, code: 'elevation.not_found' });
  });
});

describe('agreeToElevation', () => {
  const agree = (by: Pick<PlantedMember, 'headers'> | undefined, id: string): Promise<Answer> =>
    api.ask('POST', `/v1/access/${id}/agreement`, by === undefined ? {} : { headers: by.headers });

  test('204_begins_it_when_nobody_else_is_waited_for_and_not_before', async () => {
    await demandOwn();
    const [plain, two] = [await ask(), await ask({ scope: 'findings' })];
    expect([await isOpen(plain), await isOpen(two)]).toEqual([false, false]);
    expect((await agree(owner, plain)).status).toBe(204);
    expect((await agree(owner, two)).status).toBe(204);
    expect([await isOpen(plain), await isOpen(two)]).toEqual([true, false]);
    await run('select identity.approve_elevation($1, $2)', [ben.sessionHash, two]);
    expect(await isOpen(two)).toBe(true);
    const [event] = (await api.audit(api.acme.id, 'operator.agreed')).filter(({ targets }) => targets[0]?.id === plain);
    expect(event).toMatchObject({ actor: { type: 'member', id: owner.id } });
  });

  test('400_for_what_is_no_id', async () => {
    expect((await agree(owner, 'x')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await agree(undefined, randomUUID())).status).toBe(401);
  });

  test('403_for_a_token_whatever_its_scope_and_it_stays_shut', async () => {
    await demandOwn();
    const id = await ask();
    const answer = await api.ask('POST', `/v1/access/${id}/agreement`, { token: api.acme.admin });
    expect(answer).toMatchObject({ status: 403, code: 'presence.person_needed' });
    expect(await isOpen(id)).toBe(false);
  });

  test('404_for_another_tenants_elevation_which_stays_shut_and_for_one_that_waits_for_nobody_here', async () => {
    await demandOwn(await plantMember(api, api.other, 'owner'));
    const theirs = await ask({}, api.other);
    expect((await agree(owner, theirs)).status).toBe(404);
    expect(await isOpen(theirs)).toBe(false);
    expect((await agree(owner, await ask({ scope: 'findings' }))).status).toBe(404);
  });
});

describe('getAccessRule', () => {
  test('200_says_whether_the_tenants_own_people_are_asked', async () => {
    expect((await api.ask('GET', '/v1/access-rule', { token: api.acme.read })).json).toEqual({ ownApproval: false });
    await demandOwn();
    expect((await api.ask('GET', '/v1/access-rule', { token: api.acme.read })).json).toEqual({ ownApproval: true });
    expect((await api.ask('GET', '/v1/access-rule', { token: api.other.read })).json).toEqual({ ownApproval: false });
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/access-rule')).status).toBe(401);
  });
});

describe('setAccessRule', () => {
  test('200_holds_from_the_next_request_of_staff_on_and_can_be_taken_back', async () => {
    expect(await demandOwn()).toMatchObject({ status: 200, json: { ownApproval: true } });
    expect(await isOpen(await ask())).toBe(false);
    await api.ask('POST', '/v1/access-rule', { headers: owner.headers, body: { ownApproval: false } });
    expect(await isOpen(await ask())).toBe(true);
    expect((await api.audit(api.acme.id, 'operator.rule_changed')).map(({ detail }) => detail)).toContainEqual({ ownApproval: true });
  });

  test('400_for_another_shape', async () => {
    expect((await api.ask('POST', '/v1/access-rule', { token: api.acme.admin, body: { ownApproval: 'yes' } })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/access-rule', { body: { ownApproval: true } })).status).toBe(401);
  });

  test('403_for_a_token', async () => {
    const answer = await api.ask('POST', '/v1/access-rule', { token: api.acme.admin, body: { ownApproval: false } });
    expect(answer).toMatchObject({ status: 403, code: 'presence.person_needed' });
  });

  test('403_for_an_admin_who_is_no_owner', async () => {
    const { headers } = await plantMember(api, api.acme, 'admin');
    expect((await api.ask('POST', '/v1/access-rule', { headers, body: { ownApproval: false } })).status).toBe(403);
  });
});
