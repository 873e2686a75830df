import type { SessionView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { findSessions } from '../session.store.ts';

/** Lists the caller's own live sessions; the reading is an event. Errors: `presence.person_needed`. */
export async function listSessions(
  deps: IdentityDeps,
  caller: Caller,
): Promise<Result<{ readonly items: SessionView[] }, { readonly code: 'presence.person_needed' }>> {
  const person = callerPerson(caller);
  if (!person.ok) return person;
  const sessions = await recordRead(deps, caller, {
    purpose: 'list sessions',
    read: (tx) => findSessions(tx, person.value.id),
    draft: () => ({ action: 'sessions.listed', targets: [] }),
  });
  return ok({ items: sessions.map((session) => ({ ...session, current: session.id === caller.credential.id })) });
}
