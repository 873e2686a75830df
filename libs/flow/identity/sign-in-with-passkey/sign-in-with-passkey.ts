import type { AssertionResponse } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { checkSignIn, siteOf, type PlaceUnfit, type SignInRefused } from '@lib/guard/presence';
import type { CallerClient } from '@lib/platform/http';
import { beginSession, type StartedSession } from '../begin-session.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { refuseBesideSso, type SsoNeeded } from '../refuse-beside-sso.ts';

/** What came to sign in. */
export type PasskeySignIn = {
  readonly response: AssertionResponse;
  readonly origin: string | undefined;
  readonly client: CallerClient;
  readonly requestId: string;
};

/** Exchanges the answer of a passkey for a session of its member. Errors: `SignInRefused`, `presence.place_unfit`, `sso.needed`. */
export async function signInWithPasskey(
  deps: IdentityDeps,
  { response, origin, client, requestId }: PasskeySignIn,
): Promise<Result<StartedSession, SignInRefused | PlaceUnfit | SsoNeeded>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const signedIn = await checkSignIn(deps, { response, site: site.value, requestId, client });
  if (!signedIn.ok) return signedIn;
  const { tenantId, memberId, pass } = signedIn.value;
  const refusal = await refuseBesideSso(deps, { tenantId, memberId, pass, client, requestId });
  if (refusal !== undefined) return err(refusal);
  const arrival = {
    tenantId,
    memberId,
    pass,
    scope: 'admin',
    tokenId: null,
    expiresMs: Infinity,
    by: 'passkey',
    client,
    requestId,
  } as const;
  return ok(await beginSession(deps, arrival));
}
