import type { deleteScimGroup as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import type { GroupNotFound } from '../scim/change-group.ts';
import type { NotSettled } from '../scim/settle-user.ts';
import { settleUsers } from '../scim/settle-users.ts';
import { undoUnless } from '../scim/undo-unless.ts';
import { deleteScimGroupRow, findScimGroup } from '../scim-group.store.ts';

/** Forgets a group; what its members may do follows. Errors: `NotSettled`, `scim.group_not_found`. */
export function deleteScimGroup(
  deps: IdentityDeps,
  { caller, params: { scimGroupId: id } }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, NotSettled | GroupNotFound>> {
  return undoUnless<undefined, NotSettled | GroupNotFound>(
    { tenancy: deps.tenancy, context: caller, purpose: 'forget a group of the directory' },
    async (tx) => {
      const group = await findScimGroup(tx, id);
      if (group === undefined) return err({ code: 'scim.group_not_found' });
      await deleteScimGroupRow(tx, id);
      const refused = await settleUsers(
        tx,
        group.members.map(({ value }) => value),
        deps,
      );
      if (refused !== undefined) return err(refused);
      await recordAudit(tx, { action: 'scim.group_deleted', targets: [{ type: 'scim_group', id }], outcome: 'success' }, deps);
      return ok(undefined);
    },
  );
}
