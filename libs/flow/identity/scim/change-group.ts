import type { ScimGroup, ScimGroupId, ScimGroupInput } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findScimGroup, replaceScimMembers, updateScimGroup, type ScimGroupRow } from '../scim-group.store.ts';
import { groupView } from './scim-views.ts';
import type { NotSettled } from './settle-user.ts';
import { settleUsers } from './settle-users.ts';
import { undoUnless } from './undo-unless.ts';

/** There is no such group. */
export type GroupNotFound = { readonly code: 'scim.group_not_found' };

/** Changes a group to what `next` makes of it, and what its members may do, or nothing at all. Errors: those of `next`, `NotSettled`, `GroupNotFound`. */
export function changeGroup<E>(
  deps: IdentityDeps,
  { caller, id }: { readonly caller: Caller; readonly id: ScimGroupId },
  next: (group: ScimGroupRow) => Result<ScimGroupInput, E>,
): Promise<Result<ScimGroup, E | NotSettled | GroupNotFound>> {
  type Refused = E | NotSettled | GroupNotFound;
  return undoUnless<ScimGroup, Refused>(
    { tenancy: deps.tenancy, context: caller, purpose: 'change a group of the directory' },
    async (tx) => {
      const before = await findScimGroup(tx, id);
      if (before === undefined) return err({ code: 'scim.group_not_found' });
      const said = next(before);
      if (!said.ok) return said;
      const { displayName, externalId, members } = said.value;
      if (!(await updateScimGroup(tx, { id, displayName, externalId: externalId ?? null }))) return err({ code: 'scim.taken' });
      await replaceScimMembers(
        tx,
        id,
        (members ?? []).map(({ value }) => value),
      );
      const after = present(await findScimGroup(tx, id), 'the group that was changed');
      const refused = await settleUsers(
        tx,
        [...before.members, ...after.members].map(({ value }) => value),
        deps,
      );
      if (refused !== undefined) return err(refused);
      const detail = { members: after.members.length };
      await recordAudit(tx, { action: 'scim.group_changed', targets: [{ type: 'scim_group', id }], outcome: 'success', detail }, deps);
      return ok(groupView(after));
    },
  );
}
