import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditDraft, type TenantId, limits, tenantIdSchema } from '@lib/contract';
import { type AuditDeps, type LogKeys, recordAudit } from '@lib/guard/audit';
import { type Tenancy, type TenantContext, claimAuditEpoch, openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { type Database, closeDatabase, openDatabase } from '@lib/platform/db';
import { type LocalKeyring, localKeyring } from '@lib/platform/kms';
import { extendLogOfLogs } from '../../libs/guard/audit/extend-log-of-logs.ts';
import { sequenceTenant } from '../../libs/guard/audit/sequence-tenant.ts';
import { type TestDatabase, testDatabase } from './database.ts';

/** A database with tenants, a keyring, and both roles of the audit log. Nothing runs by itself: a test places events when it wants. */
export type TestAudit = {
  readonly database: TestDatabase;
  readonly api: Tenancy;
  readonly audit: Tenancy;
  readonly auditPool: Database;
  readonly dispatch: Database;
  readonly kms: LocalKeyring;
  readonly keysFolder: string;
  readonly keys: LogKeys;
  readonly deps: AuditDeps;
  readonly newTenant: () => Promise<TenantContext>;
  /** Records so many events of a tenant, each in the log's own way. */
  readonly record: (who: TenantContext, count: number) => Promise<void>;
  /** Puts so many entries into the outbox at once, past the product: for long logs. */
  readonly pile: (tenantId: TenantId, count: number) => Promise<void>;
  /** Places everything that waits. */
  readonly place: (...tenants: readonly TenantContext[]) => Promise<void>;
  /** The same, and takes the new heads into the log of logs. */
  readonly sequence: (...tenants: readonly TenantContext[]) => Promise<void>;
  /** What someone with every right in the database can do: triggers off, then any statement. */
  readonly tamper: (statement: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** An event that any test may record. */
export const someDraft: AuditDraft = { action: 'finding.read', targets: [{ type: 'finding', id: 'f' }], outcome: 'success' };

/** Opens it all. Call `close` in `afterAll`. */
export async function testAudit(): Promise<TestAudit> {
  const database = await testDatabase();
  const apiPool = openDatabase({ url: database.urls.aegis_api, poolMax: 8, applicationName: 'api' });
  const auditPool = openDatabase({ url: database.urls.aegis_audit, poolMax: limits.auditTurnsAtOnce, applicationName: 'audit' });
  const dispatch = openDatabase({ url: database.urls.aegis_dispatch, poolMax: 2, applicationName: 'dispatch' });
  const folder = await mkdtemp(join(tmpdir(), 'audit-'));
  const kms = await localKeyring({ folder });
  const [api, audit] = [openTenancy(apiPool), openTenancy(auditPool)];
  const keys = { kms, host: 'audit.test.local' };
  const deps = { clock: systemClock, ids: systemIds };
  const place = async (...tenants: readonly TenantContext[]): Promise<void> => {
    const epoch = await claimAuditEpoch(auditPool);
    for (const { tenantId, pass } of tenants) {
      for (let more = true; more;) ({ more } = await sequenceTenant({ tenancy: audit, keys }, { tenantId, pass, epoch }));
    }
  };
  return {
    database,
    api,
    audit,
    auditPool,
    dispatch,
    kms,
    keysFolder: folder,
    keys,
    deps,
    newTenant: async () => {
      const tenantId = tenantIdSchema.parse(randomUUID());
      await database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'test']);
      await kms.createTenantKey(tenantId);
      return { tenantId, actor: { type: 'token', id: 'token-1' }, requestId: 'request-1', pass: database.pass(tenantId) };
    },
    record: (who, count) =>
      api.withTenant(who, 'test.write', async (tx) => {
        for (let at = 0; at < count; at += 1) await recordAudit(tx, someDraft, deps);
      }),
    pile: async (tenantId, count) => {
      await database.admin(
        `insert into app.audit_outbox (tenant_id, id, entry) select $1, gen_random_uuid(), convert_to('{"n":' || n || '}', 'UTF8') from generate_series(1, $2::int) n`,
        [tenantId, count],
      );
    },
    place,
    sequence: async (...tenants) => {
      await place(...tenants);
      await extendLogOfLogs({ database: auditPool, keys }, await claimAuditEpoch(auditPool));
    },
    tamper: (statement) => database.admin(`do $$ begin set local session_replication_role = replica; ${statement}; end $$`),
    close: async () => {
      await Promise.all([closeDatabase(apiPool), closeDatabase(auditPool), closeDatabase(dispatch)]);
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}
