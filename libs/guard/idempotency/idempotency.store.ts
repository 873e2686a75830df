import { z } from 'zod';
import { limits } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import type { AnswerSlot, KeptAnswer } from '@lib/platform/http';

const keptSchema = z.object({
  operation: z.string(),
  request_sha256: z.string(),
  status: z.int().nullable(),
  body: z.string().nullable(),
});

/** What is known of a key. `status` is null while the first request is at work. */
export type KnownKey = z.infer<typeof keptSchema>;

/** Takes the key unless somebody holds it. A key past its time is free; so is one whose holder was given up, for the same request. */
export async function insertSlot(tx: TenantTx, slot: AnswerSlot): Promise<boolean> {
  const rows = await tx.query(sql('idempotency.insert')`
    insert into app.idempotency as held (tenant_id, key, operation, request_sha256, ticket)
    values (${tx.context.tenantId}, ${slot.key}, ${slot.operation}, decode(${slot.requestSha256}, 'hex'), ${slot.ticket})
    on conflict (tenant_id, key) do update set
      operation = excluded.operation, request_sha256 = excluded.request_sha256, ticket = excluded.ticket,
      status = null, body = null, created_at = clock_timestamp()
    where held.created_at < clock_timestamp() - ${limits.idempotencyMs} * interval '1 ms'
      or (held.status is null and held.operation = excluded.operation and held.request_sha256 = excluded.request_sha256
        and held.created_at < clock_timestamp() - ${limits.idempotencyLeaseMs} * interval '1 ms')
    returning held.key`);
  return rows.length > 0;
}

/** Reads what is known of a key. */
export async function findKey(tx: TenantTx, key: string): Promise<KnownKey | undefined> {
  const rows = await tx.query(sql('idempotency.find')`
    select operation, encode(request_sha256, 'hex') as request_sha256, status, body from app.idempotency
    where tenant_id = ${tx.context.tenantId} and key = ${key}`);
  return rows[0] === undefined ? undefined : keptSchema.parse(rows[0]);
}

/** Keeps the answer of the attempt that holds the key. Answers false when it has an answer, or another attempt took it over. */
export async function updateSlot(tx: TenantTx, slot: AnswerSlot, answer: KeptAnswer): Promise<boolean> {
  const rows = await tx.query(sql('idempotency.update')`
    update app.idempotency set status = ${answer.status}, body = ${answer.body}
    where tenant_id = ${tx.context.tenantId} and key = ${slot.key} and ticket = ${slot.ticket} and status is null
    returning key`);
  return rows.length > 0;
}

/** Gives the key of an attempt back that changed nothing. */
export async function deleteSlot(tx: TenantTx, slot: AnswerSlot): Promise<void> {
  await tx.query(sql('idempotency.delete')`
    delete from app.idempotency
    where tenant_id = ${tx.context.tenantId} and key = ${slot.key} and ticket = ${slot.ticket} and status is null`);
}

/** Sweeps some keys whose time is over. */
export async function deleteExpired(tx: TenantTx): Promise<void> {
  await tx.query(sql('idempotency.sweep')`
    delete from app.idempotency where tenant_id = ${tx.context.tenantId} and key in (
      select key from app.idempotency
      where tenant_id = ${tx.context.tenantId} and created_at < clock_timestamp() - ${limits.idempotencyMs} * interval '1 ms'
      order by created_at limit ${limits.idempotencySweepMax} for update skip locked)`);
}
