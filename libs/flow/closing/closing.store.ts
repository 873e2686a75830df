import { z } from 'zod';
import {
  deliveryIdSchema,
  elevationIdSchema,
  forgeAppIdSchema,
  installationIdSchema,
  instantSchema,
  limits,
  type ElevationId,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const toCloseSchema = z.object({ name: z.string(), evidenceHeld: z.boolean() });

/** What is asked before an account is closed: how it is called, and whether evidence of it is under a legal hold. */
export async function findTenantToClose(tx: TenantTx): Promise<z.infer<typeof toCloseSchema>> {
  const rows = await tx.query(sql('closing.find-tenant')`
    select name, exists (select from app.evidence_pack where tenant_id = ${tx.context.tenantId} and hold <> 'none' and removed_at is null) as "evidenceHeld"
    from app.tenant where tenant_id = ${tx.context.tenantId}`);
  return toCloseSchema.parse(rows[0]);
}

/** Waits for transactions that are writing work, and keeps others from it until this one ends. Answers whether the account is open. */
export async function lockOpenTenant(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('closing.lock-tenant')`
    select 1 as open from app.tenant where tenant_id = ${tx.context.tenantId} and state = 'open' for update`);
  return rows.length === 1;
}

/** Shuts the account; answers until when that can be undone, by the database's clock. Credentials and passkeys follow by themselves. */
export async function beginClosing(tx: TenantTx): Promise<string> {
  const rows = await tx.query(sql('closing.begin')`
    update app.tenant set state = 'closing' where tenant_id = ${tx.context.tenantId} returning closes_at`);
  return z.object({ closes_at: instantSchema }).parse(rows[0]).closes_at;
}

/** Ends every session for good but those of owners who are signed in as themselves. */
export async function endSessions(tx: TenantTx): Promise<void> {
  await tx.query(sql('closing.end-sessions')`select identity.end_sessions_of_closing()`);
}

const endedSchema = z.object({ id: elevationIdSchema, before: z.enum(['waiting', 'active']) });

/** Ends what staff have, and what they have asked for. */
export async function endElevations(tx: TenantTx): Promise<readonly { readonly id: ElevationId; readonly before: 'waiting' | 'active' }[]> {
  const rows = await tx.query(sql('closing.end-elevations')`
    update app.elevation set ended_at = clock_timestamp(), ended_by = 'customer'
    where tenant_id = ${tx.context.tenantId} and ended_at is null
    returning id, case when started_at is null then 'waiting' else 'active' end as before`);
  return rows.map((row) => endedSchema.parse(row));
}

/** Opens an account again that is closing, unless the time is over; answers whether it did. */
export async function undoClosing(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('closing.undo')`
    update app.tenant set state = 'open'
    where tenant_id = ${tx.context.tenantId} and state = 'closing' and closes_at > clock_timestamp() returning 1 as open`);
  return rows.length === 1;
}

const workSchema = z.object({
  deliveries: z.array(deliveryIdSchema),
  installations: z.array(installationIdSchema),
  apps: z.array(forgeAppIdSchema),
});

/** What of forges must be looked at again: deliveries of late that nobody has handled, live installations, every App. */
export async function findForgeWork(tx: TenantTx): Promise<z.infer<typeof workSchema>> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('closing.forge-work')`
    select array(select id from app.forge_delivery where tenant_id = ${tenantId} and handled_at is null
        and received_at > clock_timestamp() - interval '1 hour' order by received_at, id limit ${limits.forgeDeliveriesResumedMax}) as deliveries,
      array(select id from app.forge_installation where tenant_id = ${tenantId} and state = 'active'
        order by id limit ${limits.forgeInstallationsMax}) as installations,
      array(select id from app.forge_app where tenant_id = ${tenantId} and state = 'active' order by id limit ${limits.forgeInstallationsMax}) as apps`);
  return workSchema.parse(rows[0]);
}

const dueSchema = z.object({
  state: z.enum(['open', 'closing', 'closed']),
  closes_at: instantSchema.nullable(),
  early: z.boolean(),
  erased: z.boolean(),
});

/** How the account stands. `early`: the time in which it may be kept is not over, by the database's clock. */
export type Standing = {
  readonly state: 'open' | 'closing' | 'closed';
  readonly closesAt: string | null;
  readonly early: boolean;
  readonly erased: boolean;
};

/** Reads it, and keeps it from moving until the transaction ends. */
export async function lockStanding(tx: TenantTx): Promise<Standing> {
  const rows = await tx.query(sql('closing.standing')`
    select state, closes_at, coalesce(closes_at > clock_timestamp(), false) as early, erased_at is not null as erased
    from app.tenant where tenant_id = ${tx.context.tenantId} for update`);
  const { closes_at: closesAt, ...row } = dueSchema.parse(rows[0]);
  return { ...row, closesAt };
}

/** From the commit on nobody comes in any more. The database refuses it before its time. */
export async function closeForGood(tx: TenantTx): Promise<void> {
  await tx.query(sql('closing.close')`update app.tenant set state = 'closed' where tenant_id = ${tx.context.tenantId}`);
}

/** Takes a batch of rows away; answers how many, 0 when there is none left. */
export async function eraseRows(tx: TenantTx, rowsMax: number): Promise<number> {
  const rows = await tx.query(sql('closing.erase')`select app.erase_rows(${rowsMax}::integer) as rows`);
  return z.object({ rows: z.int() }).parse(rows[0]).rows;
}

/** Writes down that nothing is left but what is kept; answers how many evidence packs that are. */
export async function markErased(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('closing.mark-erased')`
    update app.tenant set name = 'Closed account', erased_at = clock_timestamp() where tenant_id = ${tx.context.tenantId} and erased_at is null
    returning (select count(*)::integer from app.evidence_pack where tenant_id = ${tx.context.tenantId} and removed_at is null) as packs`);
  return z.object({ packs: z.int() }).parse(rows[0]).packs;
}
