import { z } from 'zod';
import {
  instantSchema,
  invitationIdSchema,
  limits,
  memberIdSchema,
  roleSchema,
  type InvitationId,
  type InvitationView,
  type MemberId,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: invitationIdSchema,
  email: z.string(),
  role: roleSchema,
  created_at: instantSchema,
  expires_at: instantSchema,
});

/** Invitations that wait for an answer, newest first. */
export async function findInvitations(tx: TenantTx): Promise<readonly InvitationView[]> {
  const rows = await tx.query(sql('identity.list-invitations')`
    select id, email, role, created_at, expires_at from app.invitation
    where tenant_id = ${tx.context.tenantId} and ended_at is null and expires_at > clock_timestamp()
    order by created_at desc, id desc limit ${limits.invitationsOpenMax}`);
  return rows.map((given) => {
    const { created_at: createdAt, expires_at: expiresAt, ...row } = rowSchema.parse(given);
    return { ...row, createdAt, expiresAt };
  });
}

/** Writes an invitation; answers false when one for that address waits already. One that has expired makes room first. */
export async function insertInvitation(
  tx: TenantTx,
  invitation: InvitationView & { readonly invitedBy: MemberId | null },
): Promise<boolean> {
  await tx.query(sql('identity.expire-invitation')`
    update app.invitation set ended_at = clock_timestamp()
    where tenant_id = ${tx.context.tenantId} and email = ${invitation.email} and ended_at is null and expires_at <= clock_timestamp()`);
  const rows = await tx.query(sql('identity.insert-invitation')`
    insert into app.invitation (tenant_id, id, email, role, invited_by, created_at, expires_at)
    values (${tx.context.tenantId}, ${invitation.id}, ${invitation.email}, ${invitation.role}, ${invitation.invitedBy},
      ${invitation.createdAt}, ${invitation.expiresAt})
    on conflict (tenant_id, email) where ended_at is null do nothing returning 1 as made`);
  return rows.length === 1;
}

const endedSchema = z.object({ known: z.boolean(), ended: z.boolean() });

/** Ends an invitation that waits, once. */
export async function endInvitation(tx: TenantTx, id: InvitationId): Promise<{ readonly known: boolean; readonly ended: boolean }> {
  const rows = await tx.query(sql('identity.end-invitation')`
    with ended as (
      update app.invitation set ended_at = clock_timestamp()
      where tenant_id = ${tx.context.tenantId} and id = ${id} and ended_at is null returning id
    ), closed as (select identity.revoke_credential(id) from ended)
    select exists (select from app.invitation where tenant_id = ${tx.context.tenantId} and id = ${id}) as known,
      (select count(*) from closed) > 0 as ended`);
  return endedSchema.parse(rows[0]);
}

const takenSchema = z.object({
  email: z.string(),
  role: roleSchema,
  by: memberIdSchema.nullable(),
  by_role: roleSchema.nullable(),
  by_state: z.string().nullable(),
});

/** What an invitation says, with what its inviter is now; locked until the transaction ends. Nothing once it was answered. */
export async function lockInvitation(tx: TenantTx, id: InvitationId) {
  const rows = await tx.query(sql('identity.lock-invitation')`
    select i.email, i.role, i.invited_by as by, m.role as by_role, m.state as by_state
    from app.invitation i left join app.member m on m.tenant_id = i.tenant_id and m.id = i.invited_by
    where i.tenant_id = ${tx.context.tenantId} and i.id = ${id} and i.ended_at is null and i.expires_at > clock_timestamp()
    for update of i`);
  return rows[0] === undefined ? undefined : takenSchema.parse(rows[0]);
}

/** Notes who came of an invitation; with that it is spent. */
export async function spendInvitation(tx: TenantTx, id: InvitationId, memberId: MemberId): Promise<void> {
  await tx.query(sql('identity.spend-invitation')`
    update app.invitation set ended_at = clock_timestamp(), member_id = ${memberId}
    where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** Whether somebody who has not left has that address. */
export async function isMemberAddress(tx: TenantTx, email: string): Promise<boolean> {
  const rows = await tx.query(sql('identity.address-taken')`
    select 1 as taken from app.member where tenant_id = ${tx.context.tenantId} and email = ${email} and state <> 'gone'`);
  return rows.length > 0;
}
