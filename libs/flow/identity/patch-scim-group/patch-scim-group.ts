import type { patchScimGroup as route, ScimGroup } from '@lib/contract';
import type { Result } from '@lib/kernel';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { changeGroup, type GroupNotFound } from '../scim/change-group.ts';
import { patchGroup } from '../scim/patch-group.ts';
import type { PatchInvalid } from '../scim/patch-user.ts';
import type { NotSettled } from '../scim/settle-user.ts';

/** Changes a group by operations: all of them, or none. Errors: `PatchInvalid`, `NotSettled`, `scim.group_not_found`. */
export function patchScimGroup(
  deps: IdentityDeps,
  { caller, params, body }: Pick<Call<typeof route>, 'caller' | 'params' | 'body'>,
): Promise<Result<ScimGroup, PatchInvalid | NotSettled | GroupNotFound>> {
  return changeGroup(deps, { caller, id: params.scimGroupId }, ({ displayName, externalId, members }) =>
    patchGroup({ displayName, externalId, members: [...members] }, body),
  );
}
