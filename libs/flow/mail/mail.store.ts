import { z } from 'zod';
import { instantSchema, mailIdSchema, mailKindSchema, memberIdSchema, type MailId, type MailView } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: mailIdSchema,
  memberId: memberIdSchema,
  kind: mailKindSchema,
  state: z.enum(['waiting', 'sent', 'failed']),
  attempts: z.int(),
  errorCode: z.string().nullable(),
  createdAt: instantSchema,
  sentAt: instantSchema.nullable(),
});

/** Messages, newest first: those behind `after`. */
export async function listMailRows(
  tx: TenantTx,
  limit: number,
  after: { readonly createdAt: string; readonly id: string } | undefined,
): Promise<readonly MailView[]> {
  const rows = await tx.query(sql('mail.list')`
    select id, member_id as "memberId", kind, state, attempts, error_code as "errorCode", created_at as "createdAt", sent_at as "sentAt"
    from app.mail where tenant_id = ${tx.context.tenantId}
      and (${after?.createdAt ?? null}::timestamptz is null or (created_at, id) < (${after?.createdAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, id desc limit ${limit}`);
  return rows.map((row) => rowSchema.parse(row));
}

const waitingSchema = z.object({
  kind: mailKindSchema,
  facts: z.unknown(),
  memberId: memberIdSchema,
  email: z.string().nullable(),
  account: z.string(),
});

/** A message that waits: what it is about, and the address of its member as it is now; none for one who has left. */
export type WaitingMail = z.infer<typeof waitingSchema>;

/** Reads it; nothing for one that has gone, was given up, or never was. */
export async function findWaitingMail(tx: TenantTx, id: MailId): Promise<WaitingMail | undefined> {
  const rows = await tx.query(sql('mail.find-waiting')`
    select m.kind, m.facts, m.member_id as "memberId", case when p.state = 'active' then p.email end as email, t.name as account
    from app.mail m join app.member p on p.tenant_id = m.tenant_id and p.id = m.member_id join app.tenant t on t.tenant_id = m.tenant_id
    where m.tenant_id = ${tx.context.tenantId} and m.id = ${id} and m.state = 'waiting'`);
  return rows[0] === undefined ? undefined : waitingSchema.parse(rows[0]);
}

/** Notes that it has gone; answers whether that was still to be noted. */
export async function markMailSent(tx: TenantTx, id: MailId): Promise<boolean> {
  const rows = await tx.query(sql('mail.sent')`
    update app.mail set state = 'sent', sent_at = clock_timestamp(), error_code = null
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'waiting' returning 1 as noted`);
  return rows.length === 1;
}

/** Notes a try that failed; `last`: there is no other. Answers whether it still waited. */
export async function markMailFailed(
  tx: TenantTx,
  id: MailId,
  failed: { readonly errorCode: string; readonly last: boolean },
): Promise<boolean> {
  const rows = await tx.query(sql('mail.failed')`
    update app.mail set state = case when ${failed.last} then 'failed' else state end, attempts = attempts + 1, error_code = ${failed.errorCode}
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'waiting' returning 1 as noted`);
  return rows.length === 1;
}
