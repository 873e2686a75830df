import { limits, type RequestOptions } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { sealChallenge, siteOf, type PlaceUnfit } from '@lib/guard/presence';
import type { IdentityDeps } from '../identity-deps.ts';

/**
 * A challenge to sign in with. It needs no row, so whoever asks for a million of them fills nothing; and it names no passkey, so it
 * tells nobody who is a member. Errors: `presence.place_unfit`.
 */
export function askForSignIn(
  deps: Pick<IdentityDeps, 'challengeKey' | 'clock'>,
  origin: string | undefined,
): Result<RequestOptions, PlaceUnfit> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const challenge = sealChallenge(deps, { purpose: 'sign-in', bound: '' });
  return ok({ challenge, rpId: site.value.rpId, timeout: limits.presenceMs, userVerification: 'required', allowCredentials: [] });
}
