import { z } from 'zod';
import { elevationIdSchema, instantSchema, staffIdSchema, type ElevationId, type ElevationView, type StaffRead } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: elevationIdSchema,
  person_id: staffIdSchema,
  person_name: z.string(),
  scope: z.enum(['metadata', 'findings', 'evidence']),
  ticket: z.string(),
  reason: z.string(),
  minutes: z.int(),
  own_approval: z.boolean(),
  approved_by_name: z.string().nullable(),
  agreed_by: z.string().nullable(),
  created_at: instantSchema,
  lapses_at: instantSchema,
  started_at: instantSchema.nullable(),
  expires_at: instantSchema.nullable(),
  ended_at: instantSchema.nullable(),
  ended_by: z.enum(['customer', 'staff', 'time']).nullable(),
  state: z.enum(['waiting', 'active', 'over']),
  reads: z.int(),
});

/** Where a list goes on. */
export type ElevationPlace = { readonly createdAt: string; readonly id: string };

/** Elevations, newest first: those behind `after`. */
export async function listElevationRows(tx: TenantTx, limit: number, after: ElevationPlace | undefined): Promise<readonly ElevationView[]> {
  const rows = await tx.query(sql('access.list')`
    select e.id, e.person_id, e.person_name, e.scope, e.ticket, e.reason, e.minutes, e.own_approval, e.approved_by_name, e.agreed_by,
      e.created_at, e.lapses_at, e.started_at, e.expires_at, e.ended_at, e.ended_by,
      case when e.ended_at is not null or coalesce(e.expires_at, e.lapses_at) <= clock_timestamp() then 'over'
        when e.started_at is null then 'waiting' else 'active' end as state,
      (select count(*)::integer from app.staff_read r where r.tenant_id = e.tenant_id and r.elevation_id = e.id) as reads
    from app.elevation e
    where e.tenant_id = ${tx.context.tenantId}
      and (${after?.createdAt ?? null}::timestamptz is null or (e.created_at, e.id) < (${after?.createdAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by e.created_at desc, e.id desc limit ${limit}`);
  return rows.map(viewOf);
}

function viewOf(given: unknown): ElevationView {
  const row = rowSchema.parse(given);
  return {
    id: row.id,
    person: { id: row.person_id, name: row.person_name },
    scope: row.scope,
    ticket: row.ticket,
    reason: row.reason,
    minutes: row.minutes,
    state: row.state,
    ownApproval: row.own_approval,
    approvedBy: row.approved_by_name,
    agreedBy: row.agreed_by,
    createdAt: row.created_at,
    lapsesAt: row.lapses_at,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endedBy: row.ended_by,
    reads: row.reads,
  };
}

/** Whether there is such an elevation of this tenant. */
export async function isElevation(tx: TenantTx, elevationId: ElevationId): Promise<boolean> {
  const rows = await tx.query(sql('access.is-elevation')`
    select 1 as found from app.elevation where tenant_id = ${tx.context.tenantId} and id = ${elevationId}`);
  return rows.length === 1;
}

const readSchema = z.object({ what: z.string(), target_id: z.uuid().nullable(), at: instantSchema });

/** What was read by an elevation, newest first. */
export async function listStaffReads(tx: TenantTx, elevationId: ElevationId, limit: number): Promise<readonly StaffRead[]> {
  const rows = await tx.query(sql('access.list-reads')`
    select what, target_id, at from app.staff_read
    where tenant_id = ${tx.context.tenantId} and elevation_id = ${elevationId} order by at desc, id desc limit ${limit}`);
  return rows.map((given) => {
    const row = readSchema.parse(given);
    return { what: row.what, targetId: row.target_id, at: row.at };
  });
}

const beforeSchema = z.object({ before: z.enum(['waiting', 'active']) });

/** Ends an elevation for the tenant; answers what it was, or nothing for one that is over or is none of theirs. */
export async function revokeElevationRow(tx: TenantTx, elevationId: ElevationId): Promise<'waiting' | 'active' | undefined> {
  const rows = await tx.query(sql('access.revoke')`
    update app.elevation set ended_at = clock_timestamp(), ended_by = 'customer'
    where tenant_id = ${tx.context.tenantId} and id = ${elevationId} and ended_at is null and coalesce(expires_at, lapses_at) > clock_timestamp()
    returning case when started_at is null then 'waiting' else 'active' end as before`);
  return rows[0] === undefined ? undefined : beforeSchema.parse(rows[0]).before;
}

/** Agrees to an elevation that waits for the tenant's own people; answers whether there was one. The database begins it when nobody else is waited for. */
export async function agreeToElevationRow(tx: TenantTx, elevationId: ElevationId, by: string): Promise<boolean> {
  const rows = await tx.query(sql('access.agree')`
    update app.elevation set agreed_by = ${by}, agreed_at = clock_timestamp()
    where tenant_id = ${tx.context.tenantId} and id = ${elevationId} and own_approval and agreed_by is null and started_at is null
      and ended_at is null and lapses_at > clock_timestamp()
    returning 1 as agreed`);
  return rows.length === 1;
}

const ruleSchema = z.object({ own_approval: z.boolean() });

/** Whether no elevation begins without a person of the tenant's own. */
export async function findAccessRule(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(
    sql('access.find-rule')`select own_approval from app.access_setting where tenant_id = ${tx.context.tenantId}`,
  );
  return rows[0] !== undefined && ruleSchema.parse(rows[0]).own_approval;
}

export async function saveAccessRule(tx: TenantTx, ownApproval: boolean): Promise<void> {
  await tx.query(sql('access.save-rule')`
    insert into app.access_setting (tenant_id, own_approval) values (${tx.context.tenantId}, ${ownApproval})
    on conflict (tenant_id) do update set own_approval = excluded.own_approval, changed_at = clock_timestamp()`);
}

const dueSchema = z.object({ due_at: instantSchema, due: z.boolean(), before: z.enum(['waiting', 'active']) });

/** What became of an elevation whose time may be over. */
export type Finished =
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'early'; readonly dueAt: string }
  | { readonly outcome: 'finished'; readonly before: 'waiting' | 'active' };

/** Ends an elevation whose time is over, by the database's clock. One that nobody has agreed to ends when its request lapses. */
export async function finishElevation(tx: TenantTx, elevationId: ElevationId): Promise<Finished> {
  const rows = await tx.query(sql('access.find-due')`
    select coalesce(expires_at, lapses_at) as due_at, coalesce(expires_at, lapses_at) <= clock_timestamp() as due,
      case when started_at is null then 'waiting' else 'active' end as before
    from app.elevation where tenant_id = ${tx.context.tenantId} and id = ${elevationId} and ended_at is null for update`);
  if (rows[0] === undefined) return { outcome: 'nothing' };
  const { due_at: dueAt, due, before } = dueSchema.parse(rows[0]);
  if (!due) return { outcome: 'early', dueAt };
  await tx.query(sql('access.finish')`
    update app.elevation set ended_at = clock_timestamp(), ended_by = 'time' where tenant_id = ${tx.context.tenantId} and id = ${elevationId}`);
  return { outcome: 'finished', before };
}
