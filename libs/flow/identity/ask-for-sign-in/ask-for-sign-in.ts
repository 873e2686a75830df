import { limits, type askForSignIn as route, type RequestOptions } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { sealChallenge, siteOf, type PlaceUnfit, type Site } from '@lib/guard/presence';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { beginFlow, browserSecret } from '../sso-flow.ts';
import { domainHash, entryHash, ssoRedirectUri } from '../sso-secrets.ts';

type Given = Pick<Call<typeof route>, 'body' | 'origin' | 'flow' | 'setFlow'>;

/**
 * A challenge to sign in with. It needs no row, so whoever asks for a million of them fills nothing; and it names no passkey, so it
 * tells nobody who is a member. Where a company is named that has a provider here, the answer says besides where its people sign in: by
 * an entry, which nobody guesses, or by a domain whose own name server says that it is here. No company, no provider, one that does not
 * answer: all look alike. Errors: `presence.place_unfit`.
 */
export async function askForSignIn(
  deps: IdentityDeps,
  { body, origin, flow, setFlow }: Given,
): Promise<Result<RequestOptions & { readonly location?: string }, PlaceUnfit>> {
  const site = siteOf(origin);
  if (!site.ok) return site;
  const challenge = sealChallenge(deps, { purpose: 'sign-in', bound: '' });
  const options = {
    challenge,
    rpId: site.value.rpId,
    timeout: limits.presenceMs,
    userVerification: 'required',
    allowCredentials: [],
  } as const;
  if (body.company === undefined) return ok({ ...options, allowCredentials: [] });
  const browser = browserSecret(flow);
  const location = await findLocation(deps, { company: body.company, browser, site: site.value });
  // told apart by nothing but what follows: who has no company here gets a cookie too
  setFlow({ secret: browser, maxAgeMs: limits.ssoFlowMs });
  return ok({ ...options, allowCredentials: [], ...(location === undefined ? {} : { location: location.href }) });
}

type Seeking = { readonly company: NonNullable<Given['body']['company']>; readonly browser: string; readonly site: Site };

async function findLocation(deps: IdentityDeps, { company, browser, site }: Seeking): Promise<URL | undefined> {
  const email = 'email' in company ? company.email : undefined;
  const hash = 'email' in company ? domainHash(company.email.slice(company.email.lastIndexOf('@') + 1)) : entryHash(company.entry);
  const provider = await deps.identity.findProvider(hash);
  if (provider === undefined) return undefined;
  const { tenantId, providerId, issuer, clientId } = provider;
  const begun = beginFlow(deps, { providerId, browser, redirectUri: ssoRedirectUri(site.origin) });
  const location = await deps.oidc.begin({ issuer, clientId }, begun, email);
  if (location.ok) return location.value;
  deps.log.warn('sso.begin_failed', { tenantId, providerId, problem: location.error.code, reason: location.error.reason });
  return undefined;
}
