import { z } from 'zod';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';

const countSchema = z.object({ pending: z.int() });

/** Adds an event and puts the tenant into the sequencer's ring, in one statement. */
export async function addToOutbox(tx: TenantTx, id: string, entry: Uint8Array): Promise<void> {
  await tx.query(sql('audit.outbox-add')`
    with added as (insert into app.audit_outbox (tenant_id, id, entry) values (${tx.context.tenantId}, ${id}, ${entry}))
    select ops.mark_ready('audit')`);
}

/** How many committed events have no place in the log yet. */
export async function countPending(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('audit.outbox-count')`
    select count(*) as pending from app.audit_outbox where tenant_id = ${tx.context.tenantId}`);
  return countSchema.parse(rows[0]).pending;
}
