import type { getScimGroup as route, ScimGroup } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { groupView } from '../scim/scim-views.ts';
import { findScimGroup } from '../scim-group.store.ts';

/** One group; the reading is an event. Errors: `scim.group_not_found`. */
export async function getScimGroup(
  deps: IdentityDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<ScimGroup, { readonly code: 'scim.group_not_found' }>> {
  const group = await recordRead(deps, caller, {
    purpose: 'show a group of the directory',
    read: (tx) => findScimGroup(tx, params.scimGroupId),
    draft: (found) => (found === undefined ? undefined : { action: 'scim.group_read', targets: [{ type: 'scim_group', id: found.id }] }),
  });
  return group === undefined ? err({ code: 'scim.group_not_found' }) : ok(groupView(group));
}
