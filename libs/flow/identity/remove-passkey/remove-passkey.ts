import type { PasskeyId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { findPasskeys, removePasskeyRow } from '@lib/guard/presence';
import type { Caller } from '@lib/platform/http';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { lockMember } from '../member.store.ts';

/** Why a passkey stays. */
export type PasskeyStays = { readonly code: 'presence.person_needed' | 'passkey.not_found' | 'passkey.last_one' };

/** Forgets one of the caller's passkeys. The last one stays: nobody locks themselves out. Errors: `PasskeyStays`. */
export async function removePasskey(deps: IdentityDeps, caller: Caller, passkeyId: PasskeyId): Promise<Result<undefined, PasskeyStays>> {
  const person = callerPerson(caller);
  if (!person.ok) return person;
  const memberId = person.value.id;
  return deps.tenancy.withTenant(caller, 'remove a passkey', async (tx) => {
    await lockMember(tx, memberId); // two who each remove the last but one are told one after the other
    const passkeys = await findPasskeys(tx, memberId);
    if (!passkeys.some(({ id }) => id === passkeyId)) return err({ code: 'passkey.not_found' });
    if (passkeys.length === 1) return err({ code: 'passkey.last_one' });
    await removePasskeyRow(tx, memberId, passkeyId);
    await recordAudit(tx, { action: 'passkey.removed', targets: [{ type: 'passkey', id: passkeyId }], outcome: 'success' }, deps);
    return ok(undefined);
  });
}
