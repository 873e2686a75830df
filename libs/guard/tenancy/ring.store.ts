import { z } from 'zod';
import { tenantIdSchema, type TenantId } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';

/** Which kind of work a tenant has waiting. */
export type Ring = 'job' | 'audit' | 'witness';

const readySchema = z.object({ tenant_id: tenantIdSchema });
const epochSchema = z.object({ epoch: z.int() });

/**
 * The tenants whose turn it is, in ring order; ids only, at most 1,000. Runs before a tenant is known, through a narrow function of
 * the database: `aegis_worker` and `aegis_audit` may call it.
 */
export async function readyTenants(database: Database, ring: Ring, tenantsMax: number): Promise<readonly TenantId[]> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('ring.ready')`select tenant_id from ops.ready_tenants(${ring}, ${tenantsMax})`),
  );
  return answer.rows.map((row) => readySchema.parse(row).tenant_id);
}

/** Every tenant in the ring after `after`, by id, whether its turn has come or not: for the look around at start. `aegis_worker` only. */
export async function ringTenants(
  database: Database,
  ring: Ring,
  page: { readonly after: TenantId | undefined; readonly tenantsMax: number },
): Promise<readonly TenantId[]> {
  const after = page.after ?? '00000000-0000-0000-0000-000000000000';
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('ring.all')`select tenant_id from ops.ring_tenants(${ring}, ${after}, ${page.tenantsMax})`),
  );
  return answer.rows.map((row) => readySchema.parse(row).tenant_id);
}

/** Becomes the one writer of the audit log: whoever held an older epoch fails `ops.hold_epoch` from now on. `aegis_audit` only. */
export async function claimAuditEpoch(database: Database): Promise<number> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('ring.claim-epoch')`select epoch from ops.claim_epoch() as epoch`),
  );
  return epochSchema.parse(answer.rows[0]).epoch;
}
