import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closingSchema, limits, workKinds, type JobKind } from '@lib/contract';
import { testApi, type TestApi, type TestTenant } from '../../../../tools/testing/api.ts';
import { heldJob } from '../../../../tools/testing/held-job.ts';
import { plantForgeApp } from '../../../../tools/testing/plant-forge.ts';
import { plantMember, type PlantedMember } from '../../../../tools/testing/plant-member.ts';
import { addFirstPasskey, atSite, signed, site } from '../../../../tools/testing/plant-passkey.ts';
import { plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';
import type { SoftwarePasskey } from '../../../../tools/testing/software-passkey.ts';

let api: TestApi;
let tenant: TestTenant;
let owner: PlantedMember;
let passkey: SoftwarePasskey;
// a closed account stays so: each test has one of its own
beforeEach(async () => {
  tenant = await api.addTenant('Shop');
  owner = await plantMember(api, tenant, 'owner');
  passkey = await addFirstPasskey(api, owner);
});
beforeAll(async () => {
  api = await testApi({ publicOrigin: site.origin });
});
afterAll(() => api.close());

const path = '/v1/tenant/closing';
async function close(name = 'Shop', by: { member: PlantedMember; passkey: SoftwarePasskey } = { member: owner, passkey }) {
  const body = { name };
  return api.ask('POST', path, { headers: await signed(api, by, { operationId: 'closeTenant', body }), body });
}
const keep = (by = owner) => api.ask('POST', '/v1/tenant/reinstatement', { headers: atSite(by) });
const statusFor = async (headers: PlantedMember['headers'], where = '/v1/members') => (await api.ask('GET', where, { headers })).status;
const stateOf = async () => (await api.database.admin('select state from app.tenant where tenant_id = $1', [tenant.id]))[0]?.['state'];
const isDue = () => api.database.admin(`update app.tenant set closes_at = now() - interval '1 second' where tenant_id = $1`, [tenant.id]);
async function signIn(by: SoftwarePasskey) {
  const options = await api.ask('POST', '/v1/sessions/passkey/options', { headers: { origin: site.origin } });
  const challenge = String(Reflect.get(Object(options.json), 'challenge'));
  return api.ask('POST', '/v1/sessions/passkey', { body: { response: by.answer({ ...site, challenge }) } });
}

describe('closeTenant', () => {
  test('202_shuts_every_way_in_at_once_and_says_until_when_it_can_be_kept', async () => {
    const analyst = await plantMember(api, tenant, 'analyst');
    const theirPasskey = await addFirstPasskey(api, analyst);
    const { hook } = await plantForgeApp(api, tenant, { secrets: ['a secret of a webhook'] });
    const answer = await close();
    expect([answer.status, answer.code]).toEqual([202, undefined]);
    const view = closingSchema.parse(answer.json);
    expect(view.state).toBe('closing');
    const left = Date.parse(view.closesAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(limits.offboardingGraceMs - 60_000);
    expect(left).toBeLessThanOrEqual(limits.offboardingGraceMs + 60_000);
    expect(await statusFor(analyst.headers)).toBe(401);
    for (const token of [tenant.admin, tenant.write, tenant.read]) expect((await api.ask('GET', '/v1/tenant', { token })).status).toBe(401);
    expect((await api.ask('POST', '/v1/sessions', { body: { code: tenant.signInCode } })).code).toBe('identity.code_invalid');
    expect((await api.ask('POST', '/v1/sessions', { body: { token: tenant.admin } })).code).toBe('identity.code_invalid');
    expect((await signIn(theirPasskey)).code).toBe('presence.passkey_refused');
    const delivery = await api.ask('POST', `/v1/forge/hooks/${hook}`, {
      raw: new Uint8Array(Buffer.from('{}')),
      headers: { 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': 'one' },
    });
    expect(delivery.code).toBe('forge.hook_unknown');
    expect((await api.audit(tenant.id, 'tenant.closing')).map((event) => event.actor)).toEqual([{ type: 'member', id: owner.id }]);
  });

  test('202_an_owner_reaches_what_keeps_the_account_and_the_last_export_of_its_log_and_nothing_else', async () => {
    await close();
    const headers = atSite(owner);
    expect((await api.ask('GET', '/v1/tenant', { headers })).json).toMatchObject({ state: 'closing' });
    expect((await api.ask('GET', '/v1/members', { headers })).code).toBe('tenant.closing');
    expect((await api.ask('POST', '/v1/tokens', { headers, body: { name: 'a', scope: 'read' } })).code).toBe('tenant.closing');
    expect((await api.ask('GET', '/v1/findings', { headers })).code).toBe('tenant.closing');
    expect((await api.ask('POST', '/v1/audit/exports', { headers, body: {} })).code).not.toBe('tenant.closing');
  });

  test('202_another_owner_comes_in_with_a_passkey_to_keep_it', async () => {
    const second = await plantMember(api, tenant, 'owner');
    const theirs = await addFirstPasskey(api, second);
    await close();
    const came = await signIn(theirs);
    expect(came.status).toBe(204);
    const cookie = came.headers.get('set-cookie')?.split(';')[0] ?? '';
    const headers = { cookie, 'x-aegis-request': '1', origin: site.origin };
    expect((await api.ask('GET', '/v1/members', { headers })).code).toBe('tenant.closing');
    expect((await api.ask('POST', '/v1/tenant/reinstatement', { headers })).status).toBe(200);
    expect((await api.ask('GET', '/v1/members', { headers })).status).toBe(200);
  });

  test('202_scans_and_their_jobs_are_cancelled_and_what_was_running_can_write_no_more', async () => {
    const repositoryId = await plantRepository(api, tenant, 'shop');
    const scanId = await plantScan(api, tenant, { repositoryId, stages: ['queued'] });
    const job = await heldJob(api.database, tenant.id, { kind: 'scan.analyze', payload: { tenantId: tenant.id, scanId: scanId } });
    await close();
    const [scan] = await api.database.admin('select state, error_code, finished_at from app.scan where id = $1', [scanId]);
    expect(scan).toMatchObject({ state: 'cancelled', error_code: 'tenant.closing' });
    expect(await api.database.admin('select state from app.job where id = $1', [job.id])).toEqual([{ state: 'cancelled' }]);
    expect((await api.audit(tenant.id, 'scan.cancelled')).map(({ targets }) => targets[0]?.id)).toEqual([scanId]);
    const [event] = await api.database.admin('select progress from app.scan_event where scan_id = $1 order by seq desc limit 1', [scanId]);
    expect(event?.['progress']).toMatchObject({ state: 'cancelled', stage: 'done' });
  });

  test('202_the_database_takes_no_new_work_whoever_writes_it_and_takes_the_rest', async () => {
    const kinds = await kindsTakenBy();
    expect(kinds.open).toEqual(kinds.all);
    await close();
    expect((await kindsTakenBy()).open).toEqual(kinds.all.filter((kind) => !workKinds.some((work) => work === kind)));
  });

  test('202_a_scan_that_somebody_is_starting_at_that_moment_is_waited_for_and_cancelled', async () => {
    const repositoryId = await plantRepository(api, tenant, 'shop');
    const [begun, closed] = await Promise.all([api.ask('POST', '/v1/scans', { token: tenant.write, body: { repositoryId } }), close()]);
    expect(closed.status).toBe(202);
    expect([201, 202, 401, 503]).toContain(begun.status);
    expect(await api.database.admin(`select 1 from app.scan where tenant_id = $1 and state in ('queued', 'running')`, [tenant.id])).toEqual(
      [],
    );
    expect(
      await api.database.admin(
        `select kind from app.job where tenant_id = $1 and kind <> 'mail.send' and state in ('pending', 'queued', 'running')`,
        [tenant.id],
      ),
    ).toEqual([{ kind: 'tenant.close' }]);
  });

  test('202_staff_are_out', async () => {
    const id = '0195a1d0-0000-7000-8000-00000000c1c1';
    await api.database.admin(
      `insert into app.elevation (tenant_id, id, person_id, person_name, session_id, scope, ticket, reason, minutes, own_approval, lapses_at)
       values ($1, $2, $2, 'Ada', $2, 'findings', 'SUP-1', 'looks at the ticket', 10, true, now() + interval '1 hour')`,
      [tenant.id, id],
    );
    await close();
    expect(await api.database.admin('select ended_by from app.elevation where id = $1', [id])).toEqual([{ ended_by: 'customer' }]);
    expect(await api.audit(tenant.id, 'operator.revoked')).toHaveLength(1);
  });

  test('400_without_a_name', async () => {
    expect((await api.ask('POST', path, { headers: atSite(owner), body: {} })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', path, { body: { name: 'Shop' } })).status).toBe(401);
  });

  test('403_unsigned_by_a_token_or_for_an_admin', async () => {
    expect((await api.ask('POST', path, { headers: atSite(owner), body: { name: 'Shop' } })).code).toBe('presence.needed');
    expect((await api.ask('POST', path, { token: tenant.admin, body: { name: 'Shop' } })).code).toBe('presence.person_needed');
    const admin = await plantMember(api, tenant, 'admin');
    expect((await api.ask('POST', path, { headers: atSite(admin), body: { name: 'Shop' } })).code).toBe('identity.role_forbids');
    expect(await stateOf()).toBe('open');
  });

  test('409_for_another_name_and_while_evidence_is_held', async () => {
    expect((await close('shop')).code).toBe('tenant.name_differs');
    const repositoryId = await plantRepository(api, tenant, 'shop');
    const scanId = await plantScan(api, tenant, { repositoryId, stages: ['queued'] });
    await plantFindings(api, tenant, [{ repositoryId, scanId, path: 'a.js' }]);
    await api.database.admin(`update app.evidence_pack set hold = 'held', hold_reason = 'a case' where tenant_id = $1`, [tenant.id]);
    expect((await close()).code).toBe('tenant.evidence_held');
    expect(await stateOf()).toBe('open');
  });

  test('409_of_two_owners_at_once_one_closes', async () => {
    const second = await plantMember(api, tenant, 'owner');
    const theirs = await addFirstPasskey(api, second);
    const answers = await Promise.all([close(), close('Shop', { member: second, passkey: theirs })]);
    const codes = answers.map(({ status, code }) => code ?? status);
    expect(codes).toContain(202);
    expect(['tenant.not_open', 'tenant.closing']).toContain(codes.find((code) => code !== 202));
    expect(await api.database.admin(`select 1 from app.job where kind = 'tenant.close' and tenant_id = $1`, [tenant.id])).toHaveLength(1);
  });
});

describe('keepTenant', () => {
  test('200_tokens_passkeys_webhooks_and_owners_are_as_before_and_scans_begin_again', async () => {
    const analyst = await plantMember(api, tenant, 'analyst');
    const { hook, appId } = await plantForgeApp(api, tenant, { secrets: ['a secret of a webhook'] });
    await close();
    const kept = await keep();
    expect([kept.status, kept.json]).toEqual([200, { state: 'open', closesAt: null }]);
    expect((await api.ask('GET', '/v1/members', { token: tenant.read })).status).toBe(200);
    expect(await statusFor(atSite(owner))).toBe(200);
    expect(await statusFor(analyst.headers)).toBe(401); // a session that has ended stays so
    const delivery = await api.ask('POST', `/v1/forge/hooks/${hook}`, {
      raw: new Uint8Array(Buffer.from('{}')),
      headers: { 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': 'one' },
    });
    expect(delivery.code).toBe('forge.signature_invalid');
    const repositoryId = await plantRepository(api, tenant, 'shop');
    expect((await api.ask('POST', '/v1/scans', { token: tenant.write, body: { repositoryId } })).status).toBeLessThan(300);
    const looks = `select payload ->> 'forgeAppId' as app from app.job where kind = 'forge.reconcile' and state = 'pending' and tenant_id = $1`;
    expect(await api.database.admin(looks, [tenant.id])).toEqual([{ app: appId }]);
    expect(await api.audit(tenant.id, 'tenant.kept')).toHaveLength(1);
  });

  test('401_for_whoever_is_no_owner', async () => {
    const admin = await plantMember(api, tenant, 'admin');
    await close();
    expect((await keep(admin)).status).toBe(401);
    expect((await api.ask('POST', '/v1/tenant/reinstatement', { token: tenant.admin })).status).toBe(401);
  });

  test('403_for_an_admin_of_an_open_account', async () => {
    expect((await keep(await plantMember(api, tenant, 'admin'))).code).toBe('identity.role_forbids');
  });

  test('409_when_the_time_is_over_though_no_worker_came_and_for_an_account_that_is_open', async () => {
    expect((await keep()).code).toBe('tenant.not_closing');
    await close();
    await isDue();
    expect((await keep()).code).toBe('tenant.not_closing');
  });
});

/** Which kinds of jobs the database takes for the account. */
async function kindsTakenBy(): Promise<{ readonly all: readonly string[]; readonly open: readonly string[] }> {
  const [row] = await api.database.admin(
    `select pg_get_constraintdef(oid) as text from pg_constraint where conrelid = 'app.job'::regclass and conname = 'job_kind_check'`,
  );
  const all = [...String(row?.['text']).matchAll(/'([a-z.]+)'::text/gu)].map(([, kind = '']) => kind).toSorted();
  const open: string[] = [];
  for (const kind of all as readonly JobKind[]) {
    const insert = `insert into app.job (tenant_id, id, kind, payload, state, finished_at) values ($1, gen_random_uuid(), $2, '{}', 'done', now())`;
    const taken = await api.database.admin(insert, [tenant.id, kind]).then(
      () => true,
      () => false,
    );
    if (taken) open.push(kind);
  }
  return { all, open };
}
