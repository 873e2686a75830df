import { err, Fault, ok, type Result } from '@lib/kernel';
import { siteOf } from '@lib/guard/presence';
import type { OpenedProvider } from '@lib/guard/tenancy';
import type { CallerClient } from '@lib/platform/http';
import type { OidcPerson } from '@lib/platform/oidc';
import { beginSession, type StartedSession } from '../begin-session.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { openFlow, type SsoFlow } from '../sso-flow.ts';
import { ssoRedirectUri, ssoSecretContext } from '../sso-secrets.ts';
import { welcomePerson, type Claimed } from './welcome-person.ts';

/** What a browser came back with. `browser` is its own secret, `query` what the provider gave it. */
export type CompanySignIn = {
  readonly query: string;
  readonly browser: string | undefined;
  readonly origin: string | undefined;
  readonly client: CallerClient;
  readonly requestId: string;
};

/** Why nobody is signed in. */
export type CompanyRefused = { readonly code: 'sso.flow_invalid' | 'sso.answer_refused' | 'sso.person_refused' | 'sso.unavailable' };

/**
 * Exchanges what a provider sent a browser back with for a session. The state must be of a sign-in that this browser began here, with
 * this provider, and is spent before anything is asked; nothing of the tenant is open until the provider's token was checked. Whoever
 * it names is a member of the provider's own tenant, or nobody. Errors: `CompanyRefused`.
 */
export async function signInWithCompany(deps: IdentityDeps, said: CompanySignIn): Promise<Result<StartedSession, CompanyRefused>> {
  const site = siteOf(said.origin);
  if (!site.ok) return err({ code: 'sso.flow_invalid' });
  const states = new URLSearchParams(said.query).getAll('state');
  const redirectUri = ssoRedirectUri(site.value.origin);
  const flow = openFlow(deps, { browser: said.browser, redirectUri, state: states.length === 1 ? String(states[0]) : '' });
  if (!flow.ok) return flow;
  const provider = await deps.identity.openProvider(flow.value.providerId, flow.value.state);
  if (provider === undefined) return err({ code: 'sso.flow_invalid' });
  const person = await askProvider(deps, { provider, flow: flow.value, query: said.query });
  if (!person.ok) return person;
  const entered = await deps.identity.enterProvider(flow.value.providerId, flow.value.state);
  if (entered === undefined) return err({ code: 'sso.flow_invalid' });
  const { client, requestId } = said;
  const context = { ...entered, client, requestId };
  const memberId = await welcomePerson(deps, context, { providerId: flow.value.providerId, person: person.value });
  if (memberId === undefined) return err({ code: 'sso.person_refused' });
  const arrival = { ...context, memberId, scope: 'admin', tokenId: null, expiresMs: Infinity, by: 'sso' } as const;
  return ok(await beginSession(deps, arrival));
}

type Asking = { readonly provider: OpenedProvider; readonly flow: SsoFlow; readonly query: string };

async function askProvider(deps: IdentityDeps, { provider, flow, query }: Asking): Promise<Result<OidcPerson & Claimed, CompanyRefused>> {
  const { tenantId, issuer, clientId, roleClaim } = provider;
  const secret = await deps.kms.decrypt(ssoSecretContext(tenantId, flow.providerId), provider.secret);
  if (!secret.ok) throw new Fault('kms.unavailable', { internal: `a provider's secret: ${secret.error.code}` });
  const clientSecret = Buffer.from(secret.value).toString('utf8');
  const person = await deps.oidc.finish({ issuer, clientId, clientSecret, groupsClaim: roleClaim ?? undefined }, flow.flow, query);
  if (person.ok) return ok({ ...person.value, hasRoleClaim: roleClaim !== null });
  deps.log.warn('sso.answer_refused', { tenantId, providerId: flow.providerId, problem: person.error.code, reason: person.error.reason });
  return err({ code: person.error.code === 'oidc.refused' ? 'sso.answer_refused' : 'sso.unavailable' });
}
