import { limits, scimUserIdSchema, type createScimUser as route, type ScimUser } from '@lib/contract';
import { present, err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { userView } from '../scim/scim-views.ts';
import { settleUser, type NotSettled } from '../scim/settle-user.ts';
import { undoUnless } from '../scim/undo-unless.ts';
import { userFacts } from '../scim/user-facts.ts';
import { countScimUsers, findScimUser, insertScimUser } from '../scim-user.store.ts';

type Refused = NotSettled | { readonly code: 'scim.too_many' };

/** Takes a user of the directory over; a member of that address is that user. Errors: `scim.taken`, `scim.too_many`. */
export function createScimUser(
  deps: IdentityDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<ScimUser, Refused>> {
  const id = scimUserIdSchema.parse(deps.ids.uuid());
  return undoUnless<ScimUser, Refused>(
    { tenancy: deps.tenancy, context: caller, purpose: 'take a user of the directory over' },
    async (tx) => {
      if ((await countScimUsers(tx)) >= limits.scimUsersMax) return err({ code: 'scim.too_many' });
      if (!(await insertScimUser(tx, userFacts(id, body)))) return err({ code: 'scim.taken' });
      const refused = await settleUser(tx, present(await findScimUser(tx, id), 'the user that was written'), deps);
      if (refused !== undefined) return err(refused);
      const made = userView(present(await findScimUser(tx, id), 'the user that was written'));
      const detail = { active: made.active };
      await recordAudit(tx, { action: 'scim.user_created', targets: [{ type: 'scim_user', id }], outcome: 'success', detail }, deps);
      await keepAnswer(tx, slot, { status: 201, value: made });
      return ok(made);
    },
  );
}
