import type { deleteScimUser as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import type { UserNotFound } from '../scim/change-user.ts';
import { settleUser, type NotSettled } from '../scim/settle-user.ts';
import { undoUnless } from '../scim/undo-unless.ts';
import { deleteScimUserRow, findScimUser, lockScimUsers } from '../scim-user.store.ts';

/** Forgets a user, who is shut out from the commit on. Errors: `scim.last_owner`, `scim.user_not_found`. */
export function deleteScimUser(
  deps: IdentityDeps,
  { caller, params: { scimUserId: id } }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, NotSettled | UserNotFound>> {
  return undoUnless<undefined, NotSettled | UserNotFound>(
    { tenancy: deps.tenancy, context: caller, purpose: 'forget a user of the directory' },
    async (tx) => {
      await lockScimUsers(tx, [id]);
      const user = await findScimUser(tx, id);
      if (user === undefined) return err({ code: 'scim.user_not_found' });
      const refused = await settleUser(tx, { ...user, active: false }, deps);
      if (refused !== undefined) return err(refused);
      await deleteScimUserRow(tx, id);
      await recordAudit(tx, { action: 'scim.user_deleted', targets: [{ type: 'scim_user', id }], outcome: 'success' }, deps);
      return ok(undefined);
    },
  );
}
