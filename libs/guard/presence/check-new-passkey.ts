import { createHash } from 'node:crypto';
import type { RegistrationResponse } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { checkRegistration, type NewPasskey } from '@lib/platform/passkeys';
import { openChallenge } from './challenge.ts';
import { challengeIn } from './challenge-in.ts';
import { spendChallenge } from './passkey.store.ts';
import type { PresenceDeps } from './presence-deps.ts';
import type { Site } from './site-of.ts';

/** A passkey that was made for whom the challenge was, and the spending of it, which belongs into the transaction that keeps it. */
export type CheckedPasskey = NewPasskey & { readonly spend: (tx: TenantTx) => Promise<boolean> };

/** Checks a new passkey. `bound` is what its challenge was bound to. Errors: `presence.challenge_invalid`, `presence.passkey_refused`. */
export async function checkNewPasskey(
  deps: Pick<PresenceDeps, 'challengeKey' | 'clock'>,
  { response, site, bound }: { readonly response: RegistrationResponse; readonly site: Site; readonly bound: string },
): Promise<Result<CheckedPasskey, { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' }>> {
  const challenge = challengeIn(response.response.clientDataJSON);
  const opened = openChallenge(deps, { purpose: 'register', bound }, challenge);
  if (!opened.ok) return opened;
  const checked = await checkRegistration(response, { challenge, origin: site.origin, rpId: site.rpId });
  if (!checked.ok) return err(checked.error);
  const hash = createHash('sha256').update(challenge).digest();
  const expiresAt = new Date(opened.value.expiresMs).toISOString();
  return ok({ ...checked.value, spend: (tx) => spendChallenge(tx, { hash, expiresAt }) });
}
