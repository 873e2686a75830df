import type { replaceScimGroup as route, ScimGroup } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { changeGroup, type GroupNotFound } from '../scim/change-group.ts';
import type { NotSettled } from '../scim/settle-user.ts';

/** Replaces what is known of a group. Errors: `NotSettled`, `scim.group_not_found`. */
export function replaceScimGroup(
  deps: IdentityDeps,
  { caller, params, body }: Pick<Call<typeof route>, 'caller' | 'params' | 'body'>,
): Promise<Result<ScimGroup, NotSettled | GroupNotFound>> {
  return changeGroup(deps, { caller, id: params.scimGroupId }, () => ok(body));
}
