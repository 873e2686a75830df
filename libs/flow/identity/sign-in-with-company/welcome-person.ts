import { createHash } from 'node:crypto';
import { memberIdSchema, type GivenRole, type MemberId, type Role } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import type { TenantContext, TenantTx } from '@lib/guard/tenancy';
import type { OidcPerson } from '@lib/platform/oidc';
import { findGroupRoles } from '../group-role.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { insertMember, updateRole } from '../member.store.ts';
import { roleOfGroups } from '../role-of-groups.ts';
import { findSsoDomains, findSsoProvider, linkSsoPerson, lockMemberByEmail, lockSsoPerson } from '../sso.store.ts';

/** Whether the provider is asked for groups, so that the role follows them. */
export type Claimed = { readonly hasRoleClaim: boolean };

type Arriving = { readonly providerId: string; readonly person: OidcPerson & Claimed };
type Found = { readonly member_id: MemberId; readonly role: Role; readonly state: 'active' | 'leaving' | 'gone' };

/**
 * Finds out who a person of the provider's is here, whose address it has verified and is of the company's: whom they were linked to; else
 * the member of that address; else, where a role is given to them, somebody new. A role that groups stand for follows them, but never makes or
 * unmakes an owner. Nothing for whoever may not come in: the reason is in the tenant's log.
 */
export function welcomePerson(
  deps: IdentityDeps,
  request: Pick<TenantContext, 'tenantId' | 'pass' | 'client' | 'requestId'>,
  { providerId, person }: Arriving,
): Promise<MemberId | undefined> {
  const newId = memberIdSchema.parse(deps.ids.uuid());
  const context: TenantContext = { ...request, actor: { type: 'system', id: 'sign-in' } };
  return deps.tenancy.withTenant(context, 'sign in with the company', async (tx) => {
    const subject = createHash('sha256').update(person.subject).digest();
    const outcome = await find(tx, { providerId, subject, person, newId }, deps);
    if ('refused' in outcome) {
      const targets = [{ type: 'sso_provider', id: providerId }];
      await recordAudit(tx, { action: 'sso.refused', targets, outcome: 'denied', detail: { reason: outcome.refused } }, deps);
      return undefined;
    }
    return outcome.memberId;
  });
}

type Seeking = Arriving & { readonly subject: Uint8Array; readonly newId: MemberId };
type Outcome = { readonly memberId: MemberId } | { readonly refused: string };

async function find(tx: TenantTx, seeking: Seeking, deps: IdentityDeps): Promise<Outcome> {
  const { providerId, subject, person, newId } = seeking;
  if (person.email === undefined) return { refused: 'email_unverified' };
  if (!(await isOfCompany(tx, person.email))) return { refused: 'domain_not_allowed' };
  const role = await roleOf(tx, person);
  const linked = await lockSsoPerson(tx, providerId, subject);
  if (linked !== undefined && linked.state !== 'gone') return follow(tx, { found: linked, role, person }, deps);
  const known = await lockMemberByEmail(tx, person.email);
  if (known === undefined && role === null) return { refused: 'no_role' };
  const outcome =
    known === undefined
      ? await add(tx, { id: newId, name: person.name ?? person.email, email: person.email, role: role ?? 'auditor' }, deps)
      : await follow(tx, { found: known, role, person }, deps);
  if ('refused' in outcome) return outcome;
  await linkSsoPerson(tx, { providerId, subject, memberId: outcome.memberId });
  const targets = [
    { type: 'sso_provider', id: providerId },
    { type: 'member', id: outcome.memberId },
  ];
  await recordAudit(tx, { action: 'sso.linked', targets, outcome: 'success' }, deps);
  return outcome;
}

async function roleOf(tx: TenantTx, { groups }: OidcPerson): Promise<GivenRole | null> {
  const [provider, roles] = await Promise.all([findSsoProvider(tx), findGroupRoles(tx)]);
  return roleOfGroups(groups, roles, provider?.defaultRole ?? null);
}

async function isOfCompany(tx: TenantTx, email: string): Promise<boolean> {
  const domain = email.slice(email.lastIndexOf('@') + 1);
  return (await findSsoDomains(tx)).some((allowed) => allowed.domain === domain);
}

type Following = { readonly found: Found; readonly role: GivenRole | null; readonly person: Claimed };

/** A member as they are; with the role that their groups stand for, where the provider is asked for groups. */
async function follow(tx: TenantTx, { found, role, person }: Following, deps: IdentityDeps): Promise<Outcome> {
  const { member_id: memberId } = found;
  if (found.state !== 'active') return { refused: 'member_left' };
  if (!person.hasRoleClaim || found.role === 'owner' || found.role === role) return { memberId };
  if (role === null) return { refused: 'no_role' };
  await updateRole(tx, memberId, role);
  const targets = [{ type: 'member', id: memberId }];
  await recordAudit(tx, { action: 'member.role_changed', targets, outcome: 'success', detail: { from: found.role, to: role } }, deps);
  return { memberId };
}

async function add(tx: TenantTx, member: Parameters<typeof insertMember>[1], deps: IdentityDeps): Promise<Outcome> {
  await insertMember(tx, member);
  const targets = [{ type: 'member', id: member.id }];
  await recordAudit(tx, { action: 'member.added', targets, outcome: 'success', detail: { role: member.role } }, deps);
  return { memberId: member.id };
}
