import { limits, scimGroupIdSchema, type createScimGroup as route, type ScimGroup } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { groupView } from '../scim/scim-views.ts';
import type { NotSettled } from '../scim/settle-user.ts';
import { settleUsers } from '../scim/settle-users.ts';
import { undoUnless } from '../scim/undo-unless.ts';
import { countScimGroups, findScimGroup, insertScimGroup, replaceScimMembers } from '../scim-group.store.ts';

type Refused = NotSettled | { readonly code: 'scim.too_many' };

/** Takes a group of the directory over; what whoever is in it may do follows. Errors: `NotSettled`, `scim.too_many`. */
export function createScimGroup(
  deps: IdentityDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<ScimGroup, Refused>> {
  const id = scimGroupIdSchema.parse(deps.ids.uuid());
  return undoUnless<ScimGroup, Refused>(
    { tenancy: deps.tenancy, context: caller, purpose: 'take a group of the directory over' },
    async (tx) => {
      if ((await countScimGroups(tx)) >= limits.scimGroupsMax) return err({ code: 'scim.too_many' });
      if (!(await insertScimGroup(tx, { id, displayName: body.displayName, externalId: body.externalId ?? null })))
        return err({ code: 'scim.taken' });
      const members = (body.members ?? []).map(({ value }) => value);
      await replaceScimMembers(tx, id, members);
      const refused = await settleUsers(tx, members, deps);
      if (refused !== undefined) return err(refused);
      const made = groupView(present(await findScimGroup(tx, id), 'the group that was written'));
      const detail = { members: made.members.length };
      await recordAudit(tx, { action: 'scim.group_created', targets: [{ type: 'scim_group', id }], outcome: 'success', detail }, deps);
      await keepAnswer(tx, slot, { status: 201, value: made });
      return ok(made);
    },
  );
}
