import type { PasskeyView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { findPasskeys } from '@lib/guard/presence';
import type { Caller } from '@lib/platform/http';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';

/** Lists the caller's own passkeys; the reading is an event. Errors: `presence.person_needed`. */
export async function listPasskeys(
  deps: IdentityDeps,
  caller: Caller,
): Promise<Result<{ readonly items: PasskeyView[] }, { readonly code: 'presence.person_needed' }>> {
  const person = callerPerson(caller);
  if (!person.ok) return person;
  const passkeys = await recordRead(deps, caller, {
    purpose: 'list passkeys',
    read: (tx) => findPasskeys(tx, person.value.id),
    draft: () => ({ action: 'passkeys.listed', targets: [] }),
  });
  return ok({ items: [...passkeys] });
}
