import { limits, memberIdSchema, type GivenRole, type MemberId, type MemberView } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import type { TenantTx } from '@lib/guard/tenancy';
import { findGroupRoles } from '../group-role.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { beginLeaving, endSessionsOfMember, undoLeaving } from '../leaving.store.ts';
import { insertMember, lockMember, lockOwners, updateFace, updateRole } from '../member.store.ts';
import { roleOfGroups } from '../role-of-groups.ts';
import { isOtherScimUser, linkScimUser, type ScimUserRow } from '../scim-user.store.ts';
import { findSsoProvider, lockMemberByEmail } from '../sso.store.ts';

/** Why a user of the directory cannot be here what it says. */
export type NotSettled = { readonly code: 'scim.last_owner' | 'scim.taken' };

/**
 * Makes the member that a user of the directory is here what the directory says: there, with the role that its groups stand for; or shut
 * out from the commit on, and gone in five minutes. Owners are made and unmade by owners alone; the last one stays. Nothing where it
 * was done; else why not, and then the transaction must not be committed.
 */
export async function settleUser(tx: TenantTx, user: ScimUserRow, deps: IdentityDeps): Promise<NotSettled | undefined> {
  const found = await findMemberOf(tx, user);
  const role = await roleOf(tx, user);
  const isOwner = found?.state === 'active' && found.role === 'owner';
  if (!user.active || (role === null && !isOwner)) return found?.state === 'active' ? letGo(tx, found, deps) : undefined;
  if (found !== undefined && (await isOtherScimUser(tx, found.id, user.id))) return { code: 'scim.taken' };
  const there = await bringBack(tx, found, deps);
  if (there !== undefined) return follow(tx, { member: there, user, role }, deps);
  return role === null ? undefined : add(tx, { user, role }, deps);
}

type Following = { readonly member: MemberView; readonly user: ScimUserRow; readonly role: GivenRole | null };

/** A member who is there, with the name, the address and the role that the directory says. */
async function follow(tx: TenantTx, { member, user, role }: Following, deps: IdentityDeps): Promise<NotSettled | undefined> {
  await linkScimUser(tx, user.id, member.id);
  const taken = await face(tx, member, user);
  if (taken !== undefined || role === null || member.role === 'owner' || member.role === role) return taken;
  await updateRole(tx, member.id, role);
  const detail = { from: member.role, to: role };
  await recordAudit(tx, { action: 'member.role_changed', targets: [{ type: 'member', id: member.id }], outcome: 'success', detail }, deps);
  return undefined;
}

/** Whom it was linked to, unless they have left for good; else the member of its address. */
async function findMemberOf(tx: TenantTx, { memberId, email }: ScimUserRow): Promise<MemberView | undefined> {
  const linked = memberId === null ? undefined : await lockMember(tx, memberId);
  if (linked !== undefined && linked.state !== 'gone') return linked;
  const known = email === null ? undefined : await lockMemberByEmail(tx, email);
  return known === undefined ? undefined : lockMember(tx, known.member_id);
}

async function roleOf(tx: TenantTx, { groups }: ScimUserRow): Promise<GivenRole | null> {
  const [provider, roles] = await Promise.all([findSsoProvider(tx), findGroupRoles(tx)]);
  return roleOfGroups(
    groups.map(({ display }) => display),
    roles,
    provider?.defaultRole ?? null,
  );
}

async function letGo(tx: TenantTx, member: MemberView, deps: IdentityDeps): Promise<NotSettled | undefined> {
  const owners = await lockOwners(tx, limits.ownersLockedMax);
  if (member.role === 'owner' && owners.every((id) => id === member.id)) return { code: 'scim.last_owner' };
  const leavesAt = await beginLeaving(tx, member.id);
  await endSessionsOfMember(tx, member.id);
  await enqueueJob(tx, 'member.leave', { tenantId: tx.context.tenantId, memberId: member.id }, deps.ids, leavesAt);
  await recordAudit(tx, { action: 'member.leaving', targets: [{ type: 'member', id: member.id }], outcome: 'success' }, deps);
  return undefined;
}

/** Who is leaving comes back while that is possible; whoever cannot is followed by somebody new. */
async function bringBack(tx: TenantTx, member: MemberView | undefined, deps: IdentityDeps): Promise<MemberView | undefined> {
  if (member?.state !== 'leaving') return member;
  if (!(await undoLeaving(tx, member.id))) return undefined;
  await recordAudit(tx, { action: 'member.restored', targets: [{ type: 'member', id: member.id }], outcome: 'success' }, deps);
  return { ...member, state: 'active', leavesAt: null };
}

type Adding = { readonly user: ScimUserRow; readonly role: GivenRole };

async function add(tx: TenantTx, { user, role }: Adding, deps: IdentityDeps): Promise<NotSettled | undefined> {
  const id: MemberId = memberIdSchema.parse(deps.ids.uuid());
  // somebody of that address is on their way out: it is free when they are gone
  if (user.email !== null && (await lockMemberByEmail(tx, user.email)) !== undefined) return { code: 'scim.taken' };
  await insertMember(tx, { id, name: nameOf(user), email: user.email, role });
  await linkScimUser(tx, user.id, id);
  await recordAudit(tx, { action: 'member.added', targets: [{ type: 'member', id }], outcome: 'success', detail: { role } }, deps);
  return undefined;
}

/** Name and address follow the directory; an address of somebody else's does not. */
async function face(tx: TenantTx, member: MemberView, user: ScimUserRow): Promise<NotSettled | undefined> {
  const email = user.email ?? member.email;
  const holder = email === null ? undefined : await lockMemberByEmail(tx, email);
  if (holder !== undefined && holder.member_id !== member.id) return { code: 'scim.taken' };
  if (member.name !== nameOf(user) || member.email !== email) await updateFace(tx, { id: member.id, name: nameOf(user), email });
  return undefined;
}

function nameOf({ displayName, givenName, familyName, userName }: ScimUserRow): string {
  const full = [givenName, familyName].filter((part) => part !== null).join(' ');
  return (displayName ?? (full === '' ? userName : full)).slice(0, 200);
}
