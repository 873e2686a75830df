import { z } from 'zod';
import { tenantIdSchema, type TenantId, type TenantPass } from '@lib/contract';
import { lendConnection, sql, type Database, type Row } from '@lib/platform/db';
import { shortPass } from './renewed-pass.ts';

/** Which kind of work a tenant has waiting. */
export type Ring = 'job' | 'audit' | 'witness' | 'stream';

/** A tenant whose turn it is, and the pass for it: for `aegis_worker` where the ring is of jobs, else for `aegis_audit`; for one minute. */
export type Turn = { readonly tenantId: TenantId; readonly pass: TenantPass };

const turnSchema = z.object({ tenant_id: tenantIdSchema, pass: z.string() });
const epochSchema = z.object({ epoch: z.int() });

/**
 * The tenants whose turn it is, in ring order, at most 1,000. Runs before a tenant is known, through a narrow function of the database
 * that `aegis_dispatch` alone may call: whoever asks gets the tenants that the ring names, and cannot name one.
 */
export async function readyTurns(database: Database, ring: Ring, tenantsMax: number): Promise<readonly Turn[]> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('ring.ready')`select tenant_id, pass from ops.ready_turns(${ring}, ${tenantsMax})`),
  );
  return answer.rows.map(turnOf);
}

/** Every tenant in the ring after `after`, by id, whether its turn has come or not: for the look around at start. `aegis_dispatch` only. */
export async function ringTurns(
  database: Database,
  ring: Ring,
  page: { readonly after: TenantId | undefined; readonly tenantsMax: number },
): Promise<readonly Turn[]> {
  const after = page.after ?? '00000000-0000-0000-0000-000000000000';
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('ring.all')`select tenant_id, pass from ops.ring_turns(${ring}, ${after}, ${page.tenantsMax})`),
  );
  return answer.rows.map(turnOf);
}

/** Becomes the one writer of the audit log: whoever held an older epoch fails `ops.hold_epoch` from now on. `aegis_audit` only. */
export async function claimAuditEpoch(database: Database): Promise<number> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('ring.claim-epoch')`select epoch from ops.claim_epoch() as epoch`),
  );
  return epochSchema.parse(answer.rows[0]).epoch;
}

function turnOf(row: Row): Turn {
  const { tenant_id: tenantId, pass } = turnSchema.parse(row);
  return { tenantId, pass: shortPass(pass) };
}
