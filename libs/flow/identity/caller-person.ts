import type { MemberId, Role } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { Caller } from '@lib/platform/http';

/** The member who is signed in at the other end. Errors: `presence.person_needed` for a token, or a session that a token started. */
export function callerPerson({
  actor,
  member,
}: Caller): Result<{ readonly id: MemberId; readonly role: Role }, { readonly code: 'presence.person_needed' }> {
  return actor.type === 'member' && member !== null ? ok(member) : err({ code: 'presence.person_needed' });
}
