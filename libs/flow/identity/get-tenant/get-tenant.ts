import { permissions, roleMay, type Permission, type SelfView, type TenantView } from '@lib/contract';
import { present } from '@lib/kernel';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findTenant } from '../identity.store.ts';
import { findMember } from '../member.store.ts';

/** Reads the tenant that the caller's credential belongs to, and who the caller is in it. */
export function getTenant(deps: IdentityDeps, caller: Caller): Promise<TenantView & { readonly self: SelfView }> {
  const { credential, member } = caller;
  return deps.tenancy.withTenant(caller, 'show the tenant', async (tx) => {
    const [tenant, found] = await Promise.all([findTenant(tx), member === null ? undefined : findMember(tx, member.id)]);
    const allowed = member === null ? names : names.filter((name) => roleMay(member.role, name));
    return { ...present(tenant, 'the tenant of a live credential'), self: { member: found ?? null, credential, permissions: allowed } };
  });
}

const names = Object.keys(permissions).filter((name): name is Permission => name in permissions);
