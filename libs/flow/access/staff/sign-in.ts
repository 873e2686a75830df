import { limits, type AssertionResponse, type RequestOptions } from '@lib/contract';
import { err, MINUTE_MS, ok, type Result } from '@lib/kernel';
import { checkAnswer, sealChallenge, siteOf, type PlaceUnfit } from '@lib/guard/presence';
import { hashSecret, makeSecret } from '@lib/platform/http';
import type { StaffDeps } from './staff-deps.ts';

const purpose = { purpose: 'sign-in', bound: 'staff' } as const; // no challenge of the customers' program is one here
const sessionMs = 8 * 60 * MINUTE_MS; // as the database has it

/** A challenge to sign in with. It needs no row and names nobody. Errors: `presence.place_unfit`. */
export function askForStaffSignIn(
  deps: Pick<StaffDeps, 'challengeKey' | 'clock'>,
  origin: string | undefined,
): Result<RequestOptions, PlaceUnfit> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const challenge = sealChallenge(deps, purpose);
  return ok({ challenge, rpId: site.value.rpId, timeout: limits.presenceMs, userVerification: 'required', allowCredentials: [] });
}

/** Why nobody is signed in. */
export type StaffNotSignedIn =
  PlaceUnfit | { readonly code: 'presence.challenge_invalid' | 'presence.passkey_refused' | 'presence.passkey_copied' };

/** Signs in with a passkey; there is no other way. An unknown passkey and a wrong answer look alike. Units: ms. */
export async function signInStaff(
  deps: StaffDeps,
  { response, origin }: { readonly response: AssertionResponse; readonly origin: string | undefined },
): Promise<Result<{ readonly secret: string; readonly maxAgeMs: number }, StaffNotSignedIn>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const passkey = await deps.login.findPasskey(Buffer.from(response.id, 'base64url'));
  if (passkey === undefined) return err({ code: 'presence.passkey_refused' });
  const checked = await checkAnswer(deps, { response, site: site.value, purpose, publicKey: passkey.publicKey });
  if (!checked.ok) return checked;
  const secret = makeSecret();
  const session = { id: deps.ids.uuid(), hash: hashSecret(secret) };
  const begun = await deps.login.beginSession({ id: passkey.id, counter: checked.value.counter }, checked.value.challenge, session);
  if (begun === 'begun') return ok({ secret, maxAgeMs: sessionMs });
  return err({ code: begun === 'spent' ? 'presence.challenge_invalid' : 'presence.passkey_copied' });
}
