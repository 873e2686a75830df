import { limits, passkeyIdSchema, type addPasskey as route, type MemberId, type PasskeyView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { checkNewPasskey, countPasskeys, insertPasskey, siteOf, type CheckedPasskey } from '@lib/guard/presence';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import { boundTo } from '../ask-for-passkey/ask-for-passkey.ts';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { isFreshSession } from '../session.store.ts';

/** Why a passkey is not kept. */
export type PasskeyNotAdded = {
  readonly code:
    | 'presence.person_needed'
    | 'presence.place_unfit'
    | 'presence.challenge_invalid'
    | 'presence.passkey_refused'
    | 'presence.sign_in_again'
    | 'passkey.too_many';
};

/**
 * Keeps a passkey that a browser has made for the caller. A member's first one is added shortly after signing in, every further one is
 * signed with one that is there (the route says so): a session that was left open gives nobody a way in for good.
 * Errors: `PasskeyNotAdded`.
 */
export async function addPasskey(
  deps: IdentityDeps,
  { caller, body, slot, origin }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot' | 'origin'>,
): Promise<Result<PasskeyView, PasskeyNotAdded>> {
  const person = callerPerson(caller);
  const site = siteOf(origin);
  if (!person.ok) return person;
  if (!site.ok) return site;
  const checked = await checkNewPasskey(deps, { response: body.response, site: site.value, bound: boundTo(caller) });
  if (!checked.ok) return checked;
  const memberId = person.value.id;
  const view = {
    id: passkeyIdSchema.parse(deps.ids.uuid()),
    name: body.name,
    createdAt: new Date(deps.clock.nowMs()).toISOString(),
    lastUsedAt: null,
  };
  return deps.tenancy.withTenant(caller, 'add a passkey', async (tx) => {
    const refusal = await keep(tx, { view, memberId, sessionId: caller.credential.id, passkey: checked.value });
    if (refusal !== undefined) return err({ code: refusal });
    const targets = [
      { type: 'passkey', id: view.id },
      { type: 'member', id: memberId },
    ];
    await recordAudit(tx, { action: 'passkey.added', targets, outcome: 'success' }, deps);
    await keepAnswer(tx, slot, { status: 201, value: view });
    return ok(view);
  });
}

type Keeping = { readonly view: PasskeyView; readonly memberId: MemberId; readonly sessionId: string; readonly passkey: CheckedPasskey };

async function keep(tx: TenantTx, { view, memberId, sessionId, passkey }: Keeping): Promise<PasskeyNotAdded['code'] | undefined> {
  const count = await countPasskeys(tx, memberId);
  if (count >= limits.passkeysPerMemberMax) return 'passkey.too_many';
  if (count === 0 && !(await isFreshSession(tx, sessionId))) return 'presence.sign_in_again';
  if (!(await passkey.spend(tx))) return 'presence.challenge_invalid';
  return (await insertPasskey(tx, { ...passkey, ...view, memberId })) ? undefined : 'presence.passkey_refused';
}
