import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '@lib/contract';
import { type Tenancy, type TenantContext, openTenancy } from '@lib/guard/tenancy';
import { type Database, closeDatabase, openDatabase, sql } from '@lib/platform/db';
import { type TestAudit, someDraft, testAudit } from '../../../tools/testing/audit.ts';
import { recordAudit } from './index.ts';

let test: TestAudit;
let pool: Database;
let api: Tenancy;
let who: TenantContext;
beforeAll(async () => {
  test = await testAudit();
  pool = openDatabase({ url: test.database.urls.aegis_api, poolMax: 2, applicationName: 'api', lockMs: limits.requestLockMs });
  api = openTenancy(pool);
});
afterAll(async () => {
  await closeDatabase(pool);
  await test.close();
});
beforeEach(async () => {
  who = await test.newTenant();
});
afterEach(() => test.database.admin('grant insert on app.audit_outbox to aegis_api'));

const change = () =>
  api.withTenant(who, 'test.change', async (tx) => {
    const write = sql('t.write')`
      insert into app.repository (tenant_id, id, name, source) values (${who.tenantId}, gen_random_uuid(), gen_random_uuid()::text, '{}')`;
    await Promise.all([tx.query(write), recordAudit(tx, someDraft, test.deps)]);
  });
const read = () =>
  api.withTenant(who, 'test.read', async (tx) => {
    const [rows] = await Promise.all([tx.query(sql('t.read')`select name from app.tenant`), recordAudit(tx, someDraft, test.deps)]);
    return rows;
  });
const repositories = async () => {
  const [row] = await test.database.admin('select count(*)::int as n from app.repository where tenant_id = $1', [who.tenantId]);
  return row?.['n'];
};

describe('while the log takes no events', () => {
  it('nothing_changes_and_nothing_is_read', async () => {
    await test.database.admin('revoke insert on app.audit_outbox from aegis_api');
    await expect(change()).rejects.toMatchObject({ code: 'db.forbidden' });
    await expect(read()).rejects.toMatchObject({ code: 'db.forbidden' });
    expect(await repositories()).toBe(0);
    await test.database.admin('grant insert on app.audit_outbox to aegis_api');
    await change();
    expect(await read()).toHaveLength(1);
    expect(await repositories()).toBe(1);
  });

  it('because_somebody_holds_its_table_a_request_is_refused_and_does_not_hang', async () => {
    await change(); // connections are open: what is timed is the wait for the table
    const holder = test.database.admin(
      `do $$ begin lock table app.audit_outbox; perform pg_sleep(${String((limits.requestLockMs * 4) / 1000)}); end $$`,
    );
    const locked = `select count(*)::int as n from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'audit_outbox' and l.mode = 'AccessExclusiveLock' and l.granted`;
    while ((await test.database.admin(locked))[0]?.['n'] !== 1);
    const before = await repositories();
    await expect(change()).rejects.toMatchObject({ code: 'db.timeout', sqlState: '55P03' });
    await expect(read()).rejects.toMatchObject({ code: 'db.timeout', sqlState: '55P03' });
    expect(await repositories()).toBe(before);
    await holder;
    await change();
  });
});
