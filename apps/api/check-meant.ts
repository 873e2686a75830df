import { checkPresence, siteOf, type PresenceDeps } from '@lib/guard/presence';
import type { Caller, PresenceQuestion, SignedRequest } from '@lib/platform/http';
import { err, ok, type Result } from '@lib/kernel';
import { z } from 'zod';

const saidSchema = z.json().default(null);

/**
 * Whether a person means a request: answers what was signed, where something was. Errors: `presence.*`. A token shows no presence: it may do what `if-any` asks
 * as far as its scope goes, and nothing that requires a person.
 */
export async function checkMeant(
  deps: PresenceDeps,
  caller: Caller,
  question: PresenceQuestion,
): Promise<Result<SignedRequest | undefined, { readonly code: string }>> {
  const { level, header, operationId } = question;
  if (caller.actor.type !== 'member' || caller.member === null)
    return level === 'if-any' ? ok(undefined) : err({ code: 'presence.person_needed' });
  const site = siteOf(question.origin);
  const action = {
    operationId,
    params: saidSchema.parse(question.params),
    body: saidSchema.parse(question.body),
    tenantId: caller.tenantId,
    memberId: caller.member.id,
    credentialId: caller.credential.id,
  };
  // where passkeys cannot be used none was ever added, and whoever has one is refused
  const place = site.ok ? site.value : { origin: '', rpId: '' };
  return checkPresence(deps, caller, { action, memberId: caller.member.id, site: place, header, level });
}
