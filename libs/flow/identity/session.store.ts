import { z } from 'zod';
import { instantSchema, limits, sessionIdSchema, type MemberId, type SessionId, type SessionView } from '@lib/contract';
import { SECOND_MS } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const freshSchema = z.object({ fresh: z.boolean() });

/** Whether a session began within `limits.signInFreshMs`, by the database's clock. */
export async function isFreshSession(tx: TenantTx, sessionId: string): Promise<boolean> {
  const rows = await tx.query(sql('identity.session-fresh')`
    select created_at > clock_timestamp() - make_interval(secs => ${limits.signInFreshMs / SECOND_MS}) as fresh from app.session
    where tenant_id = ${tx.context.tenantId} and id = ${sessionId}`);
  return rows[0] !== undefined && freshSchema.parse(rows[0]).fresh;
}

const rowSchema = z.object({
  id: sessionIdSchema,
  client: z.string().nullable(),
  created_at: instantSchema,
  expires_at: instantSchema,
  last_used_at: instantSchema.nullable(),
});

/** A member's live sessions, newest first; those that lay idle too long are not among them. */
export async function findSessions(tx: TenantTx, memberId: MemberId): Promise<readonly Omit<SessionView, 'current'>[]> {
  const rows = await tx.query(sql('identity.list-sessions')`
    select s.id, s.client, s.created_at, s.expires_at, u.last_used_at from (
      select id, client, created_at, expires_at from app.session
      where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} and ended_at is null and expires_at > clock_timestamp()
      order by created_at desc, id desc limit ${limits.sessionsListedMax}) s
    left join lateral identity.last_uses(array[s.id]) u on true
    where u.last_used_at > clock_timestamp() - make_interval(secs => ${limits.sessionIdleMs / SECOND_MS})
    order by s.created_at desc, s.id desc`);
  return rows.map((given) => {
    const row = rowSchema.parse(given);
    return {
      id: row.id,
      client: row.client,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
    };
  });
}

const endedSchema = z.object({ known: z.boolean(), ended: z.boolean() });

/** Ends a session of a member and its credential, once. */
export async function endMemberSession(
  tx: TenantTx,
  memberId: MemberId,
  sessionId: SessionId,
): Promise<{ readonly known: boolean; readonly ended: boolean }> {
  const rows = await tx.query(sql('identity.end-member-session')`
    with ended as (
      update app.session set ended_at = now()
      where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} and id = ${sessionId} and ended_at is null returning id
    ), closed as (select identity.revoke_credential(id) from ended)
    select exists (select from app.session where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} and id = ${sessionId}) as known,
      (select count(*) from closed) > 0 as ended`);
  return endedSchema.parse(rows[0]);
}
