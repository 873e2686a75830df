import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobIdSchema, memberSchema, type JobKind, type JobPayload, type TenantId } from '@lib/contract';
import type { RunningJob } from '@lib/guard/jobs';
import { openTenancy, type Tenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import { plantToken, testApi, type TestApi } from '../../../tools/testing/api.ts';
import { dyingAt } from '../../../tools/testing/dying-tenancy.ts';
import { addFirstPasskey, atSite, site } from '../../../tools/testing/plant-passkey.ts';
import { plantMember, plantSession, type PlantedMember } from '../../../tools/testing/plant-member.ts';
import { leaveMember } from './index.ts';

let api: TestApi;
let pool: Database;
let tenancy: Tenancy;
let owner: PlantedMember;
beforeAll(async () => {
  api = await testApi({ publicOrigin: site.origin });
  pool = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 2, applicationName: 'test' });
  tenancy = openTenancy(pool);
  owner = await plantMember(api, api.acme, 'owner');
});
afterAll(async () => {
  await closeDatabase(pool);
  await api.close();
});
const absent = '0195a1d0-0000-7000-8000-000000000000';
const deps = () => ({ tenancy, clock: systemClock, ids: systemIds });
const remove = (id: string, by = owner) => api.ask('POST', `/v1/members/${id}/removal`, { headers: atSite(by) });
const restore = (id: string, by = owner) => api.ask('POST', `/v1/members/${id}/restoration`, { headers: atSite(by) });
const comesIn = async (member: PlantedMember) => (await api.ask('GET', '/v1/tenant', { headers: member.headers })).status === 200;
const rowOf = async (id: string) => (await api.database.admin('select state, name, email from app.member where id = $1', [id]))[0];
/** The five minutes are over, as the database sees it. */
const memberIsDue = (id: string) => api.database.admin(`update app.member set leaves_at = now() - interval '1 second' where id = $1`, [id]);

async function heldJob<K extends JobKind>(tenantId: TenantId, kind: K, payload: JobPayload<K>): Promise<RunningJob<K>> {
  const id = jobIdSchema.parse(randomUUID());
  await api.database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, $3, $4, 'running', 1, now() + interval '1 hour')`,
    [tenantId, id, kind, JSON.stringify(payload)],
  );
  return { id, kind, tenantId, payload, attempt: 1, pass: api.database.pass(tenantId), signal: new AbortController().signal };
}

describe('removeMember', () => {
  test('202_shuts_out_every_session_token_and_passkey_at_once_and_says_until_when_it_can_be_undone', async () => {
    const member = await plantMember(api, api.acme, 'admin');
    const passkey = await addFirstPasskey(api, member);
    const token = await plantToken(api.database, api.acme.id, { scope: 'read' });
    await api.database.admin(`update identity.credential set member_id = $1, role = 'admin' where hash = sha256($2::bytea)`, [
      member.id,
      token,
    ]);
    expect((await api.ask('GET', '/v1/tenant', { token })).status).toBe(200);
    const answer = await remove(member.id);
    expect(answer.status).toBe(202);
    const view = memberSchema.parse(answer.json);
    expect(view.state).toBe('leaving');
    expect(Date.parse(view.leavesAt ?? '') - Date.now()).toBeGreaterThan(4 * 60_000);
    expect(await comesIn(member)).toBe(false);
    expect((await api.ask('GET', '/v1/tenant', { token })).status).toBe(401);
    const options = await api.ask('POST', '/v1/sessions/passkey/options', { headers: { origin: site.origin } });
    const challenge = String(Reflect.get(Object(options.json), 'challenge'));
    const signIn = await api.ask('POST', '/v1/sessions/passkey', { body: { response: passkey.answer({ ...site, challenge }) } });
    expect(signIn.code).toBe('presence.passkey_refused');
    const jobs = await api.database.admin(`select 1 from app.job where kind = 'member.leave' and payload ->> 'memberId' = $1`, [member.id]);
    expect(jobs).toHaveLength(1);
    expect((await api.audit(api.acme.id, 'member.leaving')).some((event) => event.targets[0]?.id === member.id)).toBe(true);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await remove('none')).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/members/${absent}/removal`)).status).toBe(401);
  });

  test('403_an_admin_removes_no_owner', async () => {
    const admin = await plantMember(api, api.acme, 'admin');
    expect((await remove(owner.id, admin)).code).toBe('member.role_too_high');
    expect(await comesIn(owner)).toBe(true);
  });

  test('other_tenants_member_answers_404_and_stays', async () => {
    const theirs = await plantMember(api, api.other, 'developer');
    expect((await remove(theirs.id)).code).toBe('member.not_found');
    expect(await comesIn(theirs)).toBe(true);
  });

  test('409_for_the_last_owner_also_when_two_remove_each_other_at_once', async () => {
    const both = [await plantMember(api, api.other, 'owner'), await plantMember(api, api.other, 'owner')] as const;
    await api.database.admin(`update app.member set role = 'admin' where tenant_id = $1 and id <> all($2)`, [
      api.other.id,
      both.map(({ id }) => id),
    ]);
    const answers = await Promise.all([remove(both[1].id, both[0]), remove(both[0].id, both[1])]);
    const owners = await api.database.admin(`select 1 from app.member where tenant_id = $1 and role = 'owner' and state = 'active'`, [
      api.other.id,
    ]);
    expect(owners).toHaveLength(1);
    expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
    const [left] = await api.database.admin(`select id from app.member where tenant_id = $1 and role = 'owner' and state = 'active'`, [
      api.other.id,
    ]);
    const last = both.find(({ id }) => id === left?.['id']);
    if (last !== undefined) expect((await remove(last.id, last)).code).toBe('member.last_owner');
  });
});

describe('restoreMember', () => {
  test('200_brings_back_role_passkey_and_token_but_no_session', async () => {
    const member = await plantMember(api, api.acme, 'analyst');
    await addFirstPasskey(api, member);
    await remove(member.id);
    expect((await restore(member.id)).status).toBe(200);
    expect(await rowOf(member.id)).toMatchObject({ state: 'active', email: `${member.id}@people.test` });
    expect(await comesIn(member)).toBe(false);
    const again = { ...member, ...(await plantSession(api, api.acme.id, { id: member.id, role: 'analyst' })) };
    expect(await comesIn(again)).toBe(true);
    const job = await heldJob(api.acme.id, 'member.leave', { tenantId: api.acme.id, memberId: member.id });
    await leaveMember(deps(), job);
    expect(await rowOf(member.id)).toMatchObject({ state: 'active' });
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await restore('none')).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/members/${absent}/restoration`)).status).toBe(401);
  });

  test('403_for_a_developer', async () => {
    expect((await restore(owner.id, await plantMember(api, api.acme, 'developer'))).code).toBe('identity.role_forbids');
  });

  test('other_tenants_member_answers_404', async () => {
    const theirs = await plantMember(api, api.other, 'developer');
    expect((await restore(theirs.id)).code).toBe('member.not_found');
  });

  test('409_when_the_time_is_over_though_no_worker_came_and_for_one_who_is_not_leaving', async () => {
    const member = await plantMember(api, api.acme, 'analyst');
    expect((await restore(member.id)).code).toBe('member.not_leaving');
    await remove(member.id);
    await memberIsDue(member.id);
    expect((await restore(member.id)).code).toBe('member.not_leaving');
  });
});

describe('a member who is gone', () => {
  test('leaves_nothing_behind_whichever_statement_the_worker_died_at', async () => {
    const member = await plantMember(api, api.acme, 'analyst');
    await addFirstPasskey(api, member);
    await remove(member.id);
    await memberIsDue(member.id);
    const job = await heldJob(api.acme.id, 'member.leave', { tenantId: api.acme.id, memberId: member.id });
    let deaths = 0;
    for (let at = 1; at < 50; at += 1) {
      const outcome = await leaveMember({ ...deps(), tenancy: dyingAt(tenancy, at) }, job).then(
        () => 'done',
        (error: unknown) => (error instanceof Error && error.message.includes('killed') ? 'killed' : Promise.reject(error as Error)),
      );
      if (outcome === 'done') break;
      deaths += 1;
      expect(await rowOf(member.id), String(at)).toMatchObject({ state: 'leaving' });
    }
    expect(deaths).toBeGreaterThan(3);
    expect(await rowOf(member.id)).toEqual({ state: 'gone', name: 'Former member', email: null });
    expect(await api.database.admin('select 1 from app.passkey where member_id = $1', [member.id])).toEqual([]);
    expect(
      await api.database.admin(
        'select p.* from identity.passkey_place p where p.tenant_id = $1 and not exists (select from app.passkey k where k.id = p.passkey_id)',
        [api.acme.id],
      ),
    ).toEqual([]);
    expect((await api.audit(api.acme.id, 'member.gone')).filter((event) => event.targets[0]?.id === member.id)).toHaveLength(1);
    expect((await restore(member.id)).code).toBe('member.not_leaving');
  });

  test('is_not_gone_before_the_time_when_the_job_comes_early', async () => {
    const member = await plantMember(api, api.acme, 'analyst');
    await remove(member.id);
    await leaveMember(deps(), await heldJob(api.acme.id, 'member.leave', { tenantId: api.acme.id, memberId: member.id }));
    expect(await rowOf(member.id)).toMatchObject({ state: 'leaving' });
    const again = await api.database.admin(
      `select 1 from app.job where kind = 'member.leave' and state = 'pending' and payload ->> 'memberId' = $1`,
      [member.id],
    );
    expect(again).toHaveLength(2);
  });
});
