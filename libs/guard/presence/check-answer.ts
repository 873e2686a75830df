import { createHash } from 'node:crypto';
import type { AssertionResponse } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { checkAssertion } from '@lib/platform/passkeys';
import { openChallenge, type ChallengePurpose } from './challenge.ts';
import { challengeIn } from './challenge-in.ts';
import type { PresenceDeps } from './presence-deps.ts';
import type { Site } from './site-of.ts';

/** An answer, and what it must be an answer to. */
export type Answer = {
  readonly response: AssertionResponse;
  readonly site: Site;
  readonly purpose: ChallengePurpose;
  readonly publicKey: Uint8Array;
};

/** What is spent and moved in the transaction that takes the answer. `expiresAt` is ISO 8601 in UTC. */
export type CheckedAnswer = { readonly counter: number; readonly challenge: { readonly hash: Uint8Array; readonly expiresAt: string } };

/**
 * Checks the answer of a passkey to a challenge of ours, for whoever keeps passkeys elsewhere. It counts once it was spent: that is for
 * the caller. Errors: `presence.challenge_invalid`, `presence.passkey_refused`.
 */
export async function checkAnswer(
  deps: Pick<PresenceDeps, 'challengeKey' | 'clock'>,
  { response, site, purpose, publicKey }: Answer,
): Promise<Result<CheckedAnswer, { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' }>> {
  const challenge = challengeIn(response.response.clientDataJSON);
  const opened = openChallenge(deps, purpose, challenge);
  if (!opened.ok) return opened;
  const known = { credentialId: response.id, publicKey };
  const checked = await checkAssertion(response, known, { challenge, origin: site.origin, rpId: site.rpId });
  if (!checked.ok) return checked;
  const hash = createHash('sha256').update(challenge).digest();
  return ok({ counter: checked.value.counter, challenge: { hash, expiresAt: new Date(opened.value.expiresMs).toISOString() } });
}
