import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditEventSchema, forgeAppIdSchema } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { openTenancy } from '@lib/guard/tenancy';
import { closeDatabase, openDatabase, sql, lendConnection, type Database, type Statement } from '@lib/platform/db';
import type { EnvelopeContext } from '@lib/platform/kms';
import { testApi, type TestApi, type TestTenant } from '../../../../tools/testing/api.ts';
import { auditPlacing } from '../../../../tools/testing/place-audit.ts';
import { plantForgeApp } from '../../../../tools/testing/plant-forge.ts';
import { plantFindings, plantRepository, plantScan } from '../../../../tools/testing/plant.ts';
import { destroyKeys } from '../index.ts';

let api: TestApi;
let database: Database;
let worker: Database;
let tenant: TestTenant;
beforeAll(async () => {
  api = await testApi();
  worker = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 1, applicationName: 'test' });
  database = openDatabase({ url: api.database.urls.aegis_shredder, poolMax: 1, applicationName: 'test' });
});
beforeEach(async () => {
  tenant = await api.addTenant('Shop');
});
afterAll(async () => {
  await Promise.all([closeDatabase(database), closeDatabase(worker)]);
  await api.close();
});

const run = (shredder = api.keyring) => destroyKeys({ database, shredder });
// what follows an end follows it in the tenant's own transaction
const asWorker = (statement: Statement) =>
  openTenancy(worker).withTenantOnce({ ...tenant.context, pass: api.database.pass(tenant.id) }, 'test', (tx) => tx.query(statement));
async function close(): Promise<void> {
  await api.database.admin(`update app.tenant set state = 'closing' where tenant_id = $1`, [tenant.id]);
  await api.database.admin(`update app.tenant set closes_at = now() - interval '1 second' where tenant_id = $1`, [tenant.id]);
  await asWorker(sql('test.close')`update app.tenant set state = 'closed' where tenant_id = ${tenant.id}`);
}
async function plantPack(): Promise<void> {
  const repositoryId = await plantRepository(api, tenant, 'shop');
  const scanId = await plantScan(api, tenant, { repositoryId, stages: ['queued'] });
  await plantFindings(api, tenant, [{ repositoryId, scanId, path: 'a.js' }]);
}
const destroyed = async () => (await api.audit(tenant.id, 'key.destroyed')).map(({ detail }) => detail?.['key']);
const contextOf = (purpose: string): EnvelopeContext => ({ tenantId: tenant.id, purpose, objectId: 'one', version: 1 });
async function opens(purpose: string, sealed: Uint8Array): Promise<string> {
  const opened = await api.keyring.decrypt(contextOf(purpose), sealed);
  return opened.ok ? 'opened' : opened.error.code;
}
async function seal(purpose: string): Promise<Uint8Array> {
  const sealed = await api.keyring.encrypt(contextOf(purpose), Buffer.from('content'));
  if (!sealed.ok) throw new Error(sealed.error.code);
  return sealed.value;
}

test('what_an_account_had_sealed_is_shredded_when_it_is_closed_and_its_evidence_when_the_last_of_it_has_gone', async () => {
  await plantPack();
  const { appId } = await plantForgeApp(api, tenant, { secrets: ['a secret of a webhook'] });
  const [evidence, other] = [await seal('evidence-pack'), await seal('audit-export')];
  await run();
  expect(await destroyed()).toEqual([]);
  await close();
  expect(await run()).toBe(2);
  expect(await opens('audit-export', other)).toBe('kms.key_destroyed');
  const forge = { purpose: 'forge', tenantId: tenant.id, appId: forgeAppIdSchema.parse(appId) } as const;
  expect(await api.keyring.sign(forge, Buffer.from('x'))).toMatchObject({ error: { code: 'kms.key_destroyed' } });
  expect(await opens('evidence-pack', evidence)).toBe('opened');
  // the dates are over, by whoever decides that, and the object has gone
  await api.database.admin(`alter table app.evidence_pack disable trigger keep_evidence;`);
  await api.database.admin(`update app.evidence_pack set expired_at = now() where tenant_id = $1`, [tenant.id]);
  await api.database.admin(`alter table app.evidence_pack enable trigger keep_evidence`);
  await asWorker(sql('test.remove')`update app.evidence_pack set removed_at = now() where tenant_id = ${tenant.id}`);
  expect(await run()).toBe(1);
  expect(await opens('evidence-pack', evidence)).toBe('kms.key_destroyed');
  expect((await destroyed()).toSorted()).toEqual(['evidence', 'forge', 'records']);
  expect(await run()).toBe(0);
});

test('an_account_that_is_closing_loses_no_key', async () => {
  const sealed = await seal('audit-export');
  await api.database.admin(`update app.tenant set state = 'closing' where tenant_id = $1`, [tenant.id]);
  expect(await run()).toBe(0);
  expect(await opens('audit-export', sealed)).toBe('opened');
});

test('killed_after_a_key_was_destroyed_and_before_it_was_noted_the_next_round_notes_it_once', async () => {
  await close();
  const dying = {
    ...api.keyring,
    destroyTenantKey: async (...of: Parameters<typeof api.keyring.destroyTenantKey>) => {
      await api.keyring.destroyTenantKey(...of);
      throw new Fault('kms.unavailable', { internal: 'killed' });
    },
  };
  await expect(run(dying)).rejects.toMatchObject({ code: 'kms.unavailable' });
  expect(await destroyed()).toEqual([]);
  expect(await run()).toBe(2);
  expect((await destroyed()).toSorted()).toEqual(['evidence', 'records']);
});

test('whoever_destroys_names_nothing_and_sees_nothing_and_nobody_else_asks', async () => {
  const ask = (pool: Database, statement: Statement) => lendConnection(pool, (connection) => connection.send(statement));
  const forged = sql('test.forged')`select ops.note_key_destroyed(${tenant.id}, 'records', ${tenant.id}) as noted`;
  expect((await ask(database, forged)).rows).toEqual([{ noted: false }]);
  await expect(ask(database, sql('test.tenants')`select * from app.tenant`)).rejects.toMatchObject({ code: 'db.forbidden' });
  await expect(
    ask(database, sql('test.order')`insert into identity.key_order values (${tenant.id}, 'records', ${tenant.id})`),
  ).rejects.toMatchObject({ code: 'db.forbidden' });
  for (const url of [api.database.urls.aegis_api, api.database.urls.aegis_worker, api.database.urls.aegis_dispatch]) {
    const pool = openDatabase({ url, poolMax: 1, applicationName: 'test' });
    await expect(ask(pool, sql('test.due')`select * from ops.keys_to_destroy(1)`)).rejects.toMatchObject({ code: 'db.forbidden' });
    await expect(ask(pool, forged)).rejects.toMatchObject({ code: 'db.forbidden' });
    await closeDatabase(pool);
  }
});

test('the_end_of_an_account_is_an_entry_of_its_log_and_the_log_of_logs_has_the_checkpoint_over_it', async () => {
  await close();
  await run();
  const placing = auditPlacing(api);
  await placing.place(tenant.id);
  await placing.close();
  const rows = await api.database.admin(
    `select convert_from(entry, 'utf8') as entry from app.audit_leaf where tenant_id = $1 order by idx`,
    [tenant.id],
  );
  const events = rows.map(({ entry }) => auditEventSchema.parse(JSON.parse(String(entry))));
  expect(events.filter(({ action }) => action === 'key.destroyed').map(({ actor }) => actor)).toEqual([
    { type: 'system', id: 'shredder' },
    { type: 'system', id: 'shredder' },
  ]);
  const leaf = await api.database.admin('select max(size)::integer as size from ops.logs_leaf where tenant_id = $1', [tenant.id]);
  expect(leaf).toEqual([{ size: events.length }]);
});
