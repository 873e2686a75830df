import { z } from 'zod';
import { instantSchema, memberIdSchema, roleSchema, type MemberId, type MemberView, type Role } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const memberRowSchema = z.object({
  id: memberIdSchema,
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  state: z.enum(['active', 'leaving', 'gone']),
  created_at: instantSchema,
  leaves_at: instantSchema.nullable(),
});

function memberOf(given: unknown): MemberView {
  const { created_at: createdAt, leaves_at: leavesAt, ...row } = memberRowSchema.parse(given);
  return { ...row, createdAt, leavesAt };
}

/** Where a page of members goes on. */
export type MemberPosition = { readonly createdAt: string; readonly id: string };

/** Reads members, oldest first, one more than asked for. */
export async function findMembers(tx: TenantTx, after: MemberPosition | undefined, limit: number): Promise<readonly MemberView[]> {
  const rows = await tx.query(sql('identity.list-members')`
    select id, name, email, role, state, created_at, leaves_at from app.member
    where tenant_id = ${tx.context.tenantId}
      and (${after?.id ?? null}::uuid is null or (created_at, id) > (${after?.createdAt ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at, id limit ${limit + 1}`);
  return rows.map(memberOf);
}

/** Reads one member. */
export async function findMember(tx: TenantTx, memberId: MemberId): Promise<MemberView | undefined> {
  const rows = await tx.query(sql('identity.find-member')`
    select id, name, email, role, state, created_at, leaves_at from app.member
    where tenant_id = ${tx.context.tenantId} and id = ${memberId}`);
  return rows[0] === undefined ? undefined : memberOf(rows[0]);
}

/** Reads one member and keeps others from changing that row until the transaction ends. */
export async function lockMember(tx: TenantTx, memberId: MemberId): Promise<MemberView | undefined> {
  const rows = await tx.query(sql('identity.lock-member')`
    select id, name, email, role, state, created_at, leaves_at from app.member
    where tenant_id = ${tx.context.tenantId} and id = ${memberId} for update`);
  return rows[0] === undefined ? undefined : memberOf(rows[0]);
}

const idSchema = z.object({ id: memberIdSchema });

/**
 * The active owners, oldest first, each locked until the transaction ends: two owners who step down at once are told one after the
 * other. At most `ownersMax` are looked at.
 */
export async function lockOwners(tx: TenantTx, ownersMax: number): Promise<readonly MemberId[]> {
  const rows = await tx.query(sql('identity.lock-owners')`
    select id from app.member where tenant_id = ${tx.context.tenantId} and role = 'owner' and state = 'active'
    order by created_at, id limit ${ownersMax} for update`);
  return rows.map((row) => idSchema.parse(row).id);
}

/** Writes a member. */
export async function insertMember(
  tx: TenantTx,
  member: { readonly id: MemberId; readonly name: string; readonly email: string | null; readonly role: Role },
): Promise<void> {
  await tx.query(sql('identity.insert-member')`
    insert into app.member (tenant_id, id, name, email, role)
    values (${tx.context.tenantId}, ${member.id}, ${member.name}, ${member.email}, ${member.role})`);
}

/** Gives a member another name and address. */
export async function updateFace(
  tx: TenantTx,
  { id, name, email }: { readonly id: MemberId; readonly name: string; readonly email: string | null },
): Promise<void> {
  await tx.query(sql('identity.update-face')`
    update app.member set name = ${name}, email = ${email} where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** Gives a member another role; the member's credentials follow in the same transaction. */
export async function updateRole(tx: TenantTx, memberId: MemberId, role: Role): Promise<void> {
  await tx.query(sql('identity.change-role')`
    update app.member set role = ${role} where tenant_id = ${tx.context.tenantId} and id = ${memberId}`);
}
