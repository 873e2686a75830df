import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunningJob } from '@lib/guard/jobs';
import { openTenancy, type Tenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, sql, type Database } from '@lib/platform/db';
import { sha256Of } from '@lib/platform/objects';
import { testApi, type TestApi, type TestTenant } from '../../../../tools/testing/api.ts';
import { dyingAt, endOf } from '../../../../tools/testing/dying-tenancy.ts';
import { heldJob } from '../../../../tools/testing/held-job.ts';
import { plantForgeApp } from '../../../../tools/testing/plant-forge.ts';
import { plantMember } from '../../../../tools/testing/plant-member.ts';
import { plantAlarms, plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';
import { finishClosing } from '../index.ts';

let api: TestApi;
let pool: Database;
let tenancy: Tenancy;
let tenant: TestTenant;
let packScan: string;
beforeAll(async () => {
  api = await testApi();
  pool = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 2, applicationName: 'test' });
  tenancy = openTenancy(pool);
});
beforeEach(async () => {
  tenant = await api.addTenant('Shop');
  packScan = await plantEverything();
});
afterAll(async () => {
  await closeDatabase(pool);
  await api.close();
});

const deps = (over: Tenancy = tenancy) => ({
  tenancy: over,
  rowsMax: 1,
  keeper: api.objects,
  workDirectory: api.workDirectory,
  clock: systemClock,
  ids: systemIds,
});
const job = (): Promise<RunningJob<'tenant.close'>> =>
  heldJob(api.database, tenant.id, { kind: 'tenant.close', payload: { tenantId: tenant.id } });
const row = async () => (await api.database.admin('select name, state, erased_at from app.tenant where tenant_id = $1', [tenant.id]))[0];
const shut = () => api.database.admin(`update app.tenant set state = 'closing' where tenant_id = $1`, [tenant.id]);
const isDue = () => api.database.admin(`update app.tenant set closes_at = now() - interval '1 second' where tenant_id = $1`, [tenant.id]);

/** One thing of every kind that an account has; answers the scan whose evidence stays. */
async function plantEverything(): Promise<string> {
  const member = await plantMember(api, tenant, 'owner');
  await api.database.admin(
    `insert into app.passkey (tenant_id, id, member_id, name, credential_id, public_key, counter) values ($1, $2, $2, 'theirs', sha256($3), sha256('k'), 0)`,
    [tenant.id, member.id, Buffer.from(member.id)],
  );
  await plantForgeApp(api, tenant, { secrets: ['a secret of a webhook'] });
  const repositoryId = await plantRepository(api, tenant, 'shop');
  const other = await plantRepository(api, tenant, 'empty');
  const scanId = await plantScan(api, tenant, { repositoryId, stages: ['queued'] });
  await plantScan(api, tenant, { repositoryId: other, stages: ['queued'] });
  const findings = await plantFindings(api, tenant, [{ repositoryId, scanId, path: 'a.js' }]);
  await plantAlarms(api, tenant, findings);
  await api.database.admin(
    `insert into app.audit_sink (tenant_id, id, target, secret, cursor) values ($1, gen_random_uuid(), '{"kind":"s3","bucket":"logs","region":"eu-west-1"}', 'sealed', 0)`,
    [tenant.id],
  );
  await api.database.admin(
    `insert into app.audit_subject (tenant_id, id, subject, sealed_key) values ($1, gen_random_uuid(), 'Ada', 'sealed')`,
    [tenant.id],
  );
  const key = `audit-exports/${tenant.id}/one/part`;
  const bytes = Buffer.from('sealed');
  await api.objects.put({
    key,
    bytes,
    sha256: sha256Of(bytes),
    retainUntilMs: undefined,
    context: { tenantId: tenant.id, purpose: 'audit-export' },
  });
  mkdirSync(join(api.workDirectory, tenant.id, 'archives'), { recursive: true });
  writeFileSync(join(api.workDirectory, tenant.id, 'archives', 'one'), 'bytes');
  return scanId;
}

/** Tables of the account that still have rows of it. */
async function tablesLeft(): Promise<readonly string[]> {
  const tables = await api.database.admin(
    `select c.oid::regclass::text as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
     where c.relkind = 'r' and c.relnamespace in ('app'::regnamespace, 'identity'::regnamespace) order by 1`,
  );
  const left: string[] = [];
  for (const { name } of tables) {
    const found = await api.database.admin(`select 1 from ${String(name)} where tenant_id = $1 limit 1`, [tenant.id]);
    if (found.length > 0) left.push(String(name));
  }
  return left;
}

describe('an account that is closed', () => {
  test('keeps_its_log_its_evidence_and_bare_ids_and_nothing_else_in_any_table_that_there_is', async () => {
    await shut();
    await isDue();
    await finishClosing(deps(), await job());
    expect(await row()).toMatchObject({ name: 'Closed account', state: 'closed', erased_at: expect.any(String) as string });
    expect(await tablesLeft()).toEqual([
      'app.audit_outbox',
      'app.evidence_pack',
      'app.job',
      'app.member',
      'app.repository',
      'app.scan',
      'app.tenant',
      'identity.closing_tenant',
      'identity.key_order',
    ]);
    const scans = await api.database.admin('select id, requested_by, coverage, commit_id, options from app.scan where tenant_id = $1', [
      tenant.id,
    ]);
    expect(scans).toEqual([{ id: packScan, requested_by: 'erased', coverage: null, commit_id: null, options: {} }]);
    const repositories = await api.database.admin('select name = id::text as bare, source from app.repository where tenant_id = $1', [
      tenant.id,
    ]);
    expect(repositories).toEqual([{ bare: true, source: {} }]);
    const members = await api.database.admin('select distinct name, email, state from app.member where tenant_id = $1', [tenant.id]);
    expect(members).toEqual([{ name: 'Former member', email: null, state: 'gone' }]);
    expect((await api.objects.list({ prefix: `audit-exports/${tenant.id}/`, itemsMax: 10 })).items).toEqual([]);
    expect(existsSync(join(api.workDirectory, tenant.id))).toBe(false);
    expect(await api.audit(tenant.id, 'tenant.closed')).toHaveLength(1);
    const [erased] = await api.audit(tenant.id, 'tenant.erased');
    expect(erased?.detail).toMatchObject({ evidencePacks: 1, objects: 1 });
    expect((await api.ask('GET', '/v1/tenant', { token: tenant.admin })).status).toBe(401);
    expect((await api.ask('GET', '/v1/members', { token: api.acme.admin })).status).toBe(200);
  });

  test('every_table_of_a_tenant_is_either_erased_or_kept_for_a_reason', async () => {
    const kept: Readonly<Record<string, string>> = {
      'app.tenant': 'that there was one, and when it ended',
      'app.audit_outbox': 'entries on their way into the log',
      'app.audit_leaf': 'the log',
      'app.audit_node': 'the log',
      'app.audit_tree': 'the log',
      'app.audit_cosignature': 'what witnesses said of the log',
      'app.audit_witness': 'whose the cosignatures are',
      'app.audit_setting': 'the rule of the log',
      'app.evidence_pack': 'heads of what is under retention',
      'app.job': 'ids alone, and forgotten with age',
      'identity.passkey_place': 'follows app.passkey by a trigger',
      'identity.closing_tenant': 'that it is closed',
      'identity.decoy': 'ids, and a text that is nobody’s',
      'identity.key_order': 'which keys are due',
    };
    const rows = await api.database.admin(
      `select c.oid::regclass::text as name, position(c.oid::regclass::text || '''' in f.text) > 0 or f.text ~ ('(delete from|update) ' || c.oid::regclass::text || ' ') as erased
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id',
         (select pg_get_functiondef('app.erase_rows(integer)'::regprocedure) as text) f
       where c.relkind = 'r' and c.relnamespace in ('app'::regnamespace, 'identity'::regnamespace) order by 1`,
    );
    const left = rows.filter(({ erased }) => erased !== true).map(({ name }) => String(name));
    expect(left).toEqual(Object.keys(kept).toSorted());
  });

  test('ends_in_the_same_state_whichever_statement_the_worker_died_at_and_no_table_of_another_has_moved', async () => {
    await shut();
    await isDue();
    const others = await api.database.admin('select count(*) as n from app.api_token where tenant_id <> $1', [tenant.id]);
    let deaths = 0;
    const held = await job();
    for (let at = 1; at < 100; at += 1) {
      if ((await endOf(finishClosing(deps(dyingAt(tenancy, at)), held))) === 'done') break;
      deaths += 1;
      const state = (await row())?.['state'];
      expect(['closing', 'closed'], String(at)).toContain(state);
      // whatever is half gone is behind a door that is shut
      expect((await api.ask('GET', '/v1/tenant', { token: tenant.admin })).status).toBe(401);
    }
    expect(deaths).toBeGreaterThan(6);
    expect(await row()).toMatchObject({ state: 'closed', name: 'Closed account' });
    expect(await tablesLeft()).not.toContain('app.finding');
    expect(await api.audit(tenant.id, 'tenant.closed')).toHaveLength(1);
    expect(await api.audit(tenant.id, 'tenant.erased')).toHaveLength(1);
    expect(await api.database.admin('select count(*) as n from app.api_token where tenant_id <> $1', [tenant.id])).toEqual(others);
  });

  test('is_not_closed_before_the_time_when_the_job_comes_early_and_the_job_comes_again', async () => {
    await shut();
    await finishClosing(deps(), await job());
    expect(await row()).toMatchObject({ state: 'closing', name: 'Shop' });
    expect(await tablesLeft()).toContain('app.finding');
    const again = `select not_before > now() + interval '4 minutes' as later from app.job where kind = 'tenant.close' and state = 'pending' and tenant_id = $1`;
    expect(await api.database.admin(again, [tenant.id])).toEqual([{ later: true }]);
  });

  test('stays_as_it_is_when_it_was_kept', async () => {
    await finishClosing(deps(), await job());
    expect(await row()).toMatchObject({ state: 'open', name: 'Shop' });
    expect(await tablesLeft()).toContain('app.finding');
  });
});

describe('the database', () => {
  const as = (url: string, tenancyUser: (tenancy: Tenancy) => Promise<unknown>) => {
    const database = openDatabase({ url, poolMax: 1, applicationName: 'test' });
    return tenancyUser(openTenancy(database)).finally(() => closeDatabase(database));
  };
  const context = () => ({ ...tenant.context, pass: api.database.pass(tenant.id) });
  const refused = { code: 'db.statement_failed' };

  test('closes_before_the_time_for_nobody_and_opens_what_is_closed_for_nobody', async () => {
    const move = (state: string) => (over: Tenancy) =>
      over.withTenantOnce(context(), 'test', (tx) =>
        tx.query(sql('test.move')`update app.tenant set state = ${state} where tenant_id = ${tenant.id}`),
      );
    await expect(as(api.database.urls.aegis_worker, move('closed'))).rejects.toMatchObject(refused);
    await shut();
    await expect(as(api.database.urls.aegis_worker, move('closed'))).rejects.toMatchObject(refused);
    await isDue();
    await expect(as(api.database.urls.aegis_worker, move('open'))).rejects.toMatchObject(refused);
    await as(api.database.urls.aegis_worker, move('closed'));
    for (const state of ['open', 'closing'])
      await expect(api.database.admin('update app.tenant set state = $2 where tenant_id = $1', [tenant.id, state])).rejects.toMatchObject(
        refused,
      );
  });

  test('takes_the_time_from_nobody_who_logs_in', async () => {
    const longer = (over: Tenancy) =>
      over.withTenantOnce(context(), 'test', (tx) =>
        tx.query(sql('test.longer')`update app.tenant set closes_at = now() where tenant_id = ${tenant.id}`),
      );
    await shut();
    await expect(as(api.database.urls.aegis_worker, longer)).rejects.toMatchObject({ code: 'db.forbidden' });
  });

  test('erases_no_row_of_an_account_that_is_open_or_closing', async () => {
    const erase = (over: Tenancy) => over.withTenantOnce(context(), 'test', (tx) => tx.query(sql('test.erase')`select app.erase_rows(10)`));
    await expect(as(api.database.urls.aegis_worker, erase)).rejects.toMatchObject(refused);
    await shut();
    await expect(as(api.database.urls.aegis_worker, erase)).rejects.toMatchObject(refused);
  });
});
