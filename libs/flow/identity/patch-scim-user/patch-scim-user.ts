import type { patchScimUser as route, ScimUser } from '@lib/contract';
import type { Result } from '@lib/kernel';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { changeUser, type UserNotFound } from '../scim/change-user.ts';
import { patchUser, type PatchInvalid } from '../scim/patch-user.ts';
import type { NotSettled } from '../scim/settle-user.ts';
import { saidOf } from '../scim/user-facts.ts';

/** Changes a user by operations: all of them, or none. Errors: `PatchInvalid`, `NotSettled`, `scim.user_not_found`. */
export function patchScimUser(
  deps: IdentityDeps,
  { caller, params, body }: Pick<Call<typeof route>, 'caller' | 'params' | 'body'>,
): Promise<Result<ScimUser, PatchInvalid | NotSettled | UserNotFound>> {
  return changeUser(deps, { caller, id: params.scimUserId }, (user) => patchUser(saidOf(user), body));
}
