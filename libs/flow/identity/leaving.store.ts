import { z } from 'zod';
import { instantSchema, limits, memberIdSchema, type MemberId } from '@lib/contract';
import { SECOND_MS } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const leavesSchema = z.object({ leaves_at: instantSchema });
const idSchema = z.object({ id: memberIdSchema });
const graceSeconds = limits.offboardingGraceMs / SECOND_MS;

/** Shuts a member out; answers until when that can be undone, by the database's clock. The member's credentials follow by themselves. */
export async function beginLeaving(tx: TenantTx, memberId: MemberId): Promise<string> {
  const rows = await tx.query(sql('identity.begin-leaving')`
    update app.member set state = 'leaving', leaves_at = clock_timestamp() + make_interval(secs => ${graceSeconds})
    where tenant_id = ${tx.context.tenantId} and id = ${memberId} returning leaves_at`);
  return leavesSchema.parse(rows[0]).leaves_at;
}

/** Ends every session of a member for good. */
export async function endSessionsOfMember(tx: TenantTx, memberId: MemberId): Promise<void> {
  await tx.query(sql('identity.end-sessions-of-member')`
    with ended as (
      update app.session set ended_at = now()
      where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} and ended_at is null returning id
    )
    select identity.revoke_credential(id) from ended`);
}

/** Brings back a member who is leaving, unless the time is over; answers whether it did. */
export async function undoLeaving(tx: TenantTx, memberId: MemberId): Promise<boolean> {
  const rows = await tx.query(sql('identity.undo-leaving')`
    update app.member set state = 'active', leaves_at = null
    where tenant_id = ${tx.context.tenantId} and id = ${memberId} and state = 'leaving' and leaves_at > clock_timestamp() returning id`);
  return rows.length === 1;
}

/**
 * Lets a member go for good whose time is over: name and address go, and so do the passkeys; tokens stay closed. Answers false when
 * there is nothing to do: brought back, gone already, or not yet due.
 */
export async function finishLeaving(tx: TenantTx, memberId: MemberId): Promise<boolean> {
  const rows = await tx.query(sql('identity.finish-leaving')`
    update app.member set state = 'gone', name = 'Former member', email = null
    where tenant_id = ${tx.context.tenantId} and id = ${memberId} and state = 'leaving' and leaves_at <= clock_timestamp() returning id`);
  if (rows[0] === undefined) return false;
  const { id } = idSchema.parse(rows[0]);
  await tx.query(sql('identity.forget-passkeys')`delete from app.passkey where tenant_id = ${tx.context.tenantId} and member_id = ${id}`);
  await tx.query(sql('identity.revoke-tokens-of-member')`
    with revoked as (
      update app.api_token set revoked_at = now()
      where tenant_id = ${tx.context.tenantId} and member_id = ${id} and revoked_at is null returning id
    )
    select identity.revoke_credential(id) from revoked`);
  return true;
}

const dueSchema = z.object({ leaves_at: instantSchema.nullable(), early: z.boolean() });

/** When a member who is leaving is gone, and whether that is still to come; nothing for one who is not leaving. */
export async function findLeaving(
  tx: TenantTx,
  memberId: MemberId,
): Promise<{ readonly leavesAt: string; readonly early: boolean } | undefined> {
  const rows = await tx.query(sql('identity.find-leaving')`
    select leaves_at, leaves_at > clock_timestamp() as early from app.member
    where tenant_id = ${tx.context.tenantId} and id = ${memberId} and state = 'leaving'`);
  if (rows[0] === undefined) return undefined;
  const row = dueSchema.parse(rows[0]);
  return row.leaves_at === null ? undefined : { leavesAt: row.leaves_at, early: row.early };
}
