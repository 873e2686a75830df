import type { ScimUser, ScimUserId, ScimUserInput } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findScimUser, lockScimUsers, updateScimUser, type ScimUserRow } from '../scim-user.store.ts';
import { userView } from './scim-views.ts';
import { settleUser, type NotSettled } from './settle-user.ts';
import { undoUnless } from './undo-unless.ts';
import { userFacts } from './user-facts.ts';

/** There is no such user. */
export type UserNotFound = { readonly code: 'scim.user_not_found' };

/** Changes a user to what `next` makes of it, and the member with it, or nothing at all. Errors: those of `next`, `NotSettled`, `UserNotFound`. */
export function changeUser<E>(
  deps: IdentityDeps,
  { caller, id }: { readonly caller: Caller; readonly id: ScimUserId },
  next: (user: ScimUserRow) => Result<ScimUserInput, E>,
): Promise<Result<ScimUser, E | NotSettled | UserNotFound>> {
  type Refused = E | NotSettled | UserNotFound;
  return undoUnless<ScimUser, Refused>(
    { tenancy: deps.tenancy, context: caller, purpose: 'change a user of the directory' },
    async (tx) => {
      await lockScimUsers(tx, [id]);
      const before = await findScimUser(tx, id);
      if (before === undefined) return err({ code: 'scim.user_not_found' });
      const said = next(before);
      if (!said.ok) return said;
      if (!(await updateScimUser(tx, userFacts(id, said.value)))) return err({ code: 'scim.taken' });
      const refused = await settleUser(tx, present(await findScimUser(tx, id), 'the user that was changed'), deps);
      if (refused !== undefined) return err(refused);
      const after = userView(present(await findScimUser(tx, id), 'the user that was changed'));
      const detail = { active: after.active };
      await recordAudit(tx, { action: 'scim.user_changed', targets: [{ type: 'scim_user', id }], outcome: 'success', detail }, deps);
      return ok(after);
    },
  );
}
