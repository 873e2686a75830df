import type { SessionId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import { callerPerson } from '../caller-person.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { endMemberSession } from '../session.store.ts';

/** Why no session ends. */
export type SessionStays = { readonly code: 'presence.person_needed' | 'session.not_found' };

/** Ends one of the caller's sessions at once, this one or another. Errors: `SessionStays`. */
export async function revokeSession(deps: IdentityDeps, caller: Caller, sessionId: SessionId): Promise<Result<undefined, SessionStays>> {
  const person = callerPerson(caller);
  if (!person.ok) return person;
  return deps.tenancy.withTenant(caller, 'end a session', async (tx) => {
    const { known, ended } = await endMemberSession(tx, person.value.id, sessionId);
    if (!known) return err({ code: 'session.not_found' });
    const targets = [{ type: 'session', id: sessionId }];
    if (ended) await recordAudit(tx, { action: 'session.ended', targets, outcome: 'success' }, deps);
    return ok(undefined);
  });
}
