import type { replaceScimUser as route, ScimUser } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { changeUser, type UserNotFound } from '../scim/change-user.ts';
import type { NotSettled } from '../scim/settle-user.ts';

/** Replaces what is known of a user. Errors: `NotSettled`, `scim.user_not_found`. */
export function replaceScimUser(
  deps: IdentityDeps,
  { caller, params, body }: Pick<Call<typeof route>, 'caller' | 'params' | 'body'>,
): Promise<Result<ScimUser, NotSettled | UserNotFound>> {
  return changeUser(deps, { caller, id: params.scimUserId }, () => ok(body));
}
