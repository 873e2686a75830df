import type { TenantView } from '@lib/contract';
import { present } from '@lib/kernel';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findTenant } from '../identity.store.ts';

/** Reads the tenant that the caller's credential belongs to. */
export async function getTenant(deps: IdentityDeps, caller: Caller): Promise<TenantView> {
  const tenant = await deps.tenancy.withTenantOnce(caller, 'show the tenant', findTenant);
  return present(tenant, 'the tenant of a live credential');
}
