import { limits, type MemberId, type RequestOptions } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { TenantContext } from '@lib/guard/tenancy';
import { actionDigest, actionText, challengeOf, type SignedAction } from './action-text.ts';
import { sealChallenge } from './challenge.ts';
import { findPasskeys } from './passkey.store.ts';
import type { PresenceDeps } from './presence-deps.ts';
import type { Site } from './site-of.ts';

/** An action that is ready to be signed. `action` is the text to show; the challenge in `options` is its SHA-256. */
export type AskedAction = { readonly action: string; readonly nonce: string; readonly options: RequestOptions };

/** Makes the challenge of one action. Errors: `presence.person_needed` where the member has no passkey. */
export async function askForAction(
  deps: PresenceDeps,
  context: TenantContext,
  { action, memberId, site }: { readonly action: SignedAction; readonly memberId: MemberId; readonly site: Site },
): Promise<Result<AskedAction, { readonly code: 'presence.person_needed' }>> {
  const passkeys = await deps.tenancy.withTenantOnce(context, 'ask for presence', (tx) => findPasskeys(tx, memberId));
  if (passkeys.length === 0) return err({ code: 'presence.person_needed' });
  const nonce = sealChallenge(deps, { purpose: 'action', bound: actionDigest(action) });
  const text = actionText(action, nonce);
  const allowCredentials = passkeys.map(({ credentialId }) => ({ type: 'public-key' as const, id: credentialId }));
  const options = {
    challenge: challengeOf(text),
    rpId: site.rpId,
    timeout: limits.presenceMs,
    userVerification: 'required',
    allowCredentials,
  } as const;
  return ok({ action: text, nonce, options: { ...options, allowCredentials: [...allowCredentials] } });
}
