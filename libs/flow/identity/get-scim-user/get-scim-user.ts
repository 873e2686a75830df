import type { getScimUser as route, ScimUser } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { userView } from '../scim/scim-views.ts';
import { findScimUser } from '../scim-user.store.ts';

/** One user; the reading is an event. Errors: `scim.user_not_found`. */
export async function getScimUser(
  deps: IdentityDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<ScimUser, { readonly code: 'scim.user_not_found' }>> {
  const user = await recordRead(deps, caller, {
    purpose: 'show a user of the directory',
    read: (tx) => findScimUser(tx, params.scimUserId),
    draft: (found) => (found === undefined ? undefined : { action: 'scim.user_read', targets: [{ type: 'scim_user', id: found.id }] }),
  });
  return user === undefined ? err({ code: 'scim.user_not_found' }) : ok(userView(user));
}
