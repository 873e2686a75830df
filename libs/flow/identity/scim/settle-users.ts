import type { ScimUserId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import type { IdentityDeps } from '../identity-deps.ts';
import { findScimUser, lockScimUsers } from '../scim-user.store.ts';
import { settleUser, type NotSettled } from './settle-user.ts';

/** Makes the members that these users are what their groups now stand for, in one order. The first that cannot be is answered. */
export async function settleUsers(tx: TenantTx, ids: readonly ScimUserId[], deps: IdentityDeps): Promise<NotSettled | undefined> {
  for (const id of await lockScimUsers(tx, [...new Set(ids)])) {
    const user = await findScimUser(tx, id);
    const refused = user === undefined ? undefined : await settleUser(tx, user, deps);
    if (refused !== undefined) return refused;
  }
  return undefined;
}
