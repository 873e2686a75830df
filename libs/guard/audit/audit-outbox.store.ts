import { z } from 'zod';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';

const countSchema = z.object({ pending: z.int() });

/** An event that is on its way: its id, and the bytes that are hashed. */
export type NewEvent = { readonly id: string; readonly entry: Uint8Array };

/** Adds events, those too that come later, and puts the tenant into the sequencer's ring, in one statement that goes with the commit. */
export function addToOutbox(tx: TenantTx, events: readonly NewEvent[]): void {
  tx.atCommit(() => {
    const [ids, entries] = [events.map(({ id }) => id), events.map(({ entry }) => entry)];
    return sql('audit.outbox-add')`
      with added as (
        insert into app.audit_outbox (tenant_id, id, entry)
        select ${tx.context.tenantId}, event.id, event.entry from unnest(${ids}::uuid[], ${entries}::bytea[]) as event (id, entry))
      select ops.mark_ready('audit')`;
  });
}

/** How many committed events have no place in the log yet. */
export async function countPending(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('audit.outbox-count')`
    select count(*) as pending from app.audit_outbox where tenant_id = ${tx.context.tenantId}`);
  return countSchema.parse(rows[0]).pending;
}

/** Whether an event is committed and has no place yet. */
export async function isWaiting(tx: TenantTx, eventId: string): Promise<boolean> {
  const rows = await tx.query(sql('audit.outbox-find')`
    select 1 as found from app.audit_outbox where tenant_id = ${tx.context.tenantId} and id = ${eventId}`);
  return rows.length > 0;
}
