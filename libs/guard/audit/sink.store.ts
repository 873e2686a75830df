import { z } from 'zod';
import { limits, sinkTargetSchema, type SinkTarget } from '@lib/contract';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';

const shownSchema = z.object({
  id: z.uuid(),
  target: sinkTargetSchema,
  next: z.int(),
  failures: z.int(),
  errorCode: z.string().nullable(),
  failedAt: z.string().nullable(),
  deliveredAt: z.string().nullable(),
  createdAt: z.string(),
  state: z.enum(['active', 'leaving']),
  leavesAt: z.string().nullable(),
});
const takenSchema = z.object({
  id: z.uuid(),
  target: sinkTargetSchema,
  secret: z.instanceof(Uint8Array).nullable(),
  next: z.int(),
  failures: z.int(),
});
const lookSchema = z.object({ ms: z.number().nullable() });
const turnSchema = z.object({ taken: z.boolean() });

/** A sink as it is shown: without its secret. */
export type SinkRow = z.infer<typeof shownSchema>;
/** A sink that is delivered to now. `secret` is sealed. */
export type TakenSink = z.infer<typeof takenSchema>;
export type NewSink = {
  readonly id: string;
  readonly target: SinkTarget;
  readonly secret: Uint8Array | undefined;
  readonly from: number;
};

export async function insertSink(tx: TenantTx, { id, target, secret, from }: NewSink): Promise<void> {
  await tx.query(sql('audit.sink-add')`
    insert into app.audit_sink (tenant_id, id, target, secret, cursor)
    values (${tx.context.tenantId}, ${id}, ${JSON.stringify(target)}::jsonb, ${secret ?? null}, ${from})`);
}

/** Delivers nothing more to a sink; answers until when that can be undone, by the database's clock, or nothing when none is in use. */
export async function beginSinkLeaving(tx: TenantTx, id: string): Promise<string | undefined> {
  const rows = await tx.query(sql('audit.sink-begin-leaving')`
    update app.audit_sink set state = 'leaving' where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'active' returning leaves_at`);
  return rows[0] === undefined ? undefined : z.object({ leaves_at: z.string() }).parse(rows[0]).leaves_at;
}

/** Brings a sink back that is leaving, unless the time is over. `unknown`: the tenant has none of that id. */
export async function undoSinkLeaving(tx: TenantTx, id: string): Promise<'back' | 'not_leaving' | 'unknown'> {
  const rows = await tx.query(sql('audit.sink-undo-leaving')`
    with back as (
      update app.audit_sink set state = 'active'
      where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'leaving' and leaves_at > clock_timestamp() returning 1
    ) select exists (select from back) as back, exists (select from app.audit_sink where tenant_id = ${tx.context.tenantId} and id = ${id}) as known`);
  const { back, known } = z.object({ back: z.boolean(), known: z.boolean() }).parse(rows[0]);
  return back ? 'back' : known ? 'not_leaving' : 'unknown';
}

/** Lets a sink and its secret go whose time is over. `early`: with the time; nothing when it was brought back, or has gone. */
export async function finishSinkLeaving(tx: TenantTx, id: string): Promise<{ readonly early: string } | 'gone' | undefined> {
  const { tenantId } = tx.context;
  const gone = await tx.query(sql('audit.sink-finish-leaving')`
    delete from app.audit_sink where tenant_id = ${tenantId} and id = ${id} and state = 'leaving' and leaves_at <= clock_timestamp() returning 1 as gone`);
  if (gone.length === 1) return 'gone';
  const [row] = await tx.query(sql('audit.sink-find-leaving')`
    select leaves_at from app.audit_sink where tenant_id = ${tenantId} and id = ${id} and state = 'leaving'`);
  return row === undefined ? undefined : { early: z.object({ leaves_at: z.string() }).parse(row).leaves_at };
}

/** The places that a tenant's log is streamed to, oldest first, without their secrets. */
export async function listSinks(tx: TenantTx): Promise<readonly SinkRow[]> {
  const rows = await tx.query(sql('audit.sink-list')`
    select id, target, cursor as next, failures, error_code as "errorCode", failed_at as "failedAt", delivered_at as "deliveredAt",
      created_at as "createdAt", state, leaves_at as "leavesAt"
    from app.audit_sink where tenant_id = ${tx.context.tenantId} order by created_at, id limit ${limits.auditSinksMax}`);
  return rows.map((row) => shownSchema.parse(row));
}

/** Takes the sinks that are behind and that nobody delivers to; they are this caller's for `limits.auditSinkLeaseMs`. */
export async function takeSinks(tx: TenantTx, size: number): Promise<readonly TakenSink[]> {
  const rows = await tx.query(sql('audit.sink-take')`
    update app.audit_sink set busy_until = clock_timestamp() + ${limits.auditSinkLeaseMs}::double precision * interval '1 millisecond'
    where tenant_id = ${tx.context.tenantId} and state = 'active' and cursor < ${size}::bigint and (busy_until is null or busy_until <= clock_timestamp())
    returning id, target, secret, cursor as next, failures`);
  return rows.map((row) => takenSchema.parse(row));
}

/** When the next of the sinks that are behind may be looked at again, a delivery under way included; nothing when none waits. Units: ms. */
export async function nextLookMs(tx: TenantTx, size: number): Promise<number | undefined> {
  const rows = await tx.query(sql('audit.sink-next')`
    select ceil(1000 * date_part('epoch', min(busy_until) - clock_timestamp())) as ms from app.audit_sink
    where tenant_id = ${tx.context.tenantId} and state = 'active' and cursor < ${size}::bigint and busy_until is not null`);
  return lookSchema.parse(rows[0]).ms ?? undefined;
}

/** Notes that everything before `next` was taken; one who was overtaken notes nothing. */
export async function noteDelivered(
  tx: TenantTx,
  id: string,
  { from, next }: { readonly from: number; readonly next: number },
): Promise<void> {
  await tx.query(sql('audit.sink-delivered')`
    update app.audit_sink set cursor = ${next}, failures = 0, error_code = null, delivered_at = clock_timestamp(), busy_until = null
    where tenant_id = ${tx.context.tenantId} and id = ${id} and cursor = ${from}`);
}

/** Notes that a delivery was not taken, and that the next is not before `afterMs`. Units: ms. */
export async function noteUndelivered(
  tx: TenantTx,
  id: string,
  { code, afterMs }: { readonly code: string; readonly afterMs: number },
): Promise<void> {
  await tx.query(sql('audit.sink-failed')`
    update app.audit_sink set failures = least(failures + 1, 1000000), error_code = ${code}, failed_at = clock_timestamp(),
      busy_until = clock_timestamp() + ${afterMs}::double precision * interval '1 millisecond'
    where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** Puts the tenant into the ring of those whose log is streamed. */
export async function streamSoon(tx: TenantTx): Promise<void> {
  await tx.query(sql('audit.stream-soon')`select ops.mark_ready('stream')`);
}

/** The same for later, by the database's clock. Units: ms. */
export async function streamLater(tx: TenantTx, afterMs: number): Promise<void> {
  await tx.query(sql('audit.stream-later')`
    select ops.mark_ready_at('stream', clock_timestamp() + ${afterMs}::double precision * interval '1 millisecond')`);
}

/** Takes the turn until the end of the transaction; false when another one has it. */
export async function beginStreamTurn(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('audit.stream-turn')`select ops.begin_turn('stream') as taken`);
  return turnSchema.parse(rows[0]).taken;
}
