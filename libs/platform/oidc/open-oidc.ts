import { limits } from '@lib/contract';
import { Fault, SECOND_MS, err, ok, type Clock, type Result } from '@lib/kernel';
import { pinnedFetch, type Reach } from '@lib/platform/outbound';
import * as client from 'openid-client';
import type { Oidc, OidcClient, OidcFlow, OidcRefused } from './oidc.ts';
import { readPerson } from './read-person.ts';

/** Which addresses a provider may have, and what time it is. */
export type OidcDeps = { readonly reach: Reach; readonly clock: Clock };

/** Signatures by keys that the provider publishes, and no others: never `none`, never a secret that both sides have. Source: RFC 8725, 3.1. */
const algorithms: readonly string[] = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

type Kept = { readonly metadata: client.ServerMetadata; readonly atMs: number; jwks: ReturnType<typeof client.getJwksCache> };

/**
 * Opens OpenID Connect. What a provider says of itself is kept for `limits.oidcKeptMs`, its keys besides until one comes that is not
 * among them; both are fetched by the address that was judged. Errors: `OidcRefused`.
 */
export function openOidc(deps: OidcDeps): Oidc {
  const kept = new Map<string, Kept>();
  const discover = async ({ issuer, clientId }: OidcClient): Promise<Kept> => {
    const nowMs = deps.clock.nowMs();
    const known = kept.get(issuer);
    if (known !== undefined && nowMs - known.atMs < limits.oidcKeptMs) return known;
    const found = await client.discovery(new URL(issuer), clientId, undefined, undefined, settingsOf(deps));
    const made: Kept = { metadata: usable(found.serverMetadata(), issuer), atMs: nowMs, jwks: undefined };
    const oldest = kept.keys().next();
    if (kept.size >= limits.oidcIssuersKept && oldest.done !== true) kept.delete(oldest.value);
    kept.set(issuer, made);
    return made;
  };
  return {
    check: (asked) => attempt(() => discover(asked).then(() => undefined)),
    begin: (asked, flow, loginHint) => attempt(async () => address(configure(deps, await discover(asked), { ...asked }), flow, loginHint)),
    finish: (asked, flow, query) =>
      attempt(async () => {
        const known = await discover(asked);
        const configuration = configure(deps, known, asked);
        try {
          return await finish(deps, configuration, { flow, query, groupsClaim: asked.groupsClaim });
        } finally {
          known.jwks = client.getJwksCache(configuration);
        }
      }),
  };
}

function settingsOf({ reach }: OidcDeps): client.DiscoveryRequestOptions {
  const fetch = pinnedFetch({ reach, answerBytesMax: limits.oidcAnswerBytesMax, wallMs: limits.oidcRequestMs });
  return {
    [client.customFetch]: (url, { body, headers, method, signal }) =>
      fetch(url, { method, headers, body: body instanceof URLSearchParams ? body : null, ...(signal === undefined ? {} : { signal }) }),
    timeout: limits.oidcRequestMs / SECOND_MS,
    execute: reach.protocols.includes('http:') ? [client.allowInsecureRequests] : [],
  };
}

/** Only a provider that names itself as it was named, and signs in a way that we take. */
function usable(metadata: client.ServerMetadata, issuer: string): client.ServerMetadata {
  if (metadata.issuer !== issuer) throw new UnfitError('another_issuer');
  if (metadata.authorization_endpoint === undefined || metadata.token_endpoint === undefined || metadata.jwks_uri === undefined)
    throw new UnfitError('endpoints_missing');
  const signed = (metadata.id_token_signing_alg_values_supported ?? ['RS256']).filter((name) => algorithms.includes(name));
  if (signed.length === 0) throw new UnfitError('no_usable_algorithm');
  return { ...metadata, id_token_signing_alg_values_supported: signed };
}

function configure(deps: OidcDeps, known: Kept, asked: OidcClient & { readonly clientSecret?: string }): client.Configuration {
  const { clientId, clientSecret } = asked;
  const options = settingsOf(deps);
  const metadata = { [client.clockTolerance]: limits.oidcClockSkewMs / SECOND_MS };
  const configuration = new client.Configuration(known.metadata, clientId, metadata, authenticationOf(known.metadata, clientSecret));
  const { [client.customFetch]: fetch, timeout } = options;
  if (fetch !== undefined) configuration[client.customFetch] = fetch;
  configuration.timeout = timeout;
  for (const extension of options.execute ?? []) extension(configuration);
  // the code flow would let the signature be, as the token comes over TLS: it is checked all the same
  client.enableNonRepudiationChecks(configuration);
  if (known.jwks !== undefined) client.setJwksCache(configuration, known.jwks);
  return configuration;
}

/** How the client shows who it is; to send a browser away takes nothing. Source: RFC 6749, section 2.3.1. */
function authenticationOf(metadata: client.ServerMetadata, secret: string | undefined): client.ClientAuth {
  if (secret === undefined) return client.None();
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') ? client.ClientSecretBasic(secret) : client.ClientSecretPost(secret);
}

async function address(configuration: client.Configuration, flow: OidcFlow, loginHint: string | undefined): Promise<URL> {
  return client.buildAuthorizationUrl(configuration, {
    redirect_uri: flow.redirectUri,
    scope: 'openid email profile',
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: 'S256',
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
  });
}

type Finishing = { readonly flow: OidcFlow; readonly query: string; readonly groupsClaim: string | undefined };

async function finish(deps: OidcDeps, configuration: client.Configuration, { flow, query, groupsClaim }: Finishing) {
  const url = new URL(flow.redirectUri);
  url.search = query;
  const tokens = await client.authorizationCodeGrant(configuration, url, {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new RefusedError('no_id_token');
  // a token that was kept back somewhere is not about somebody who is there now
  if (Math.abs(deps.clock.nowMs() - claims.iat * SECOND_MS) > limits.oidcTokenAgeMsMax) throw new RefusedError('stale_id_token');
  const wanted = ['email', ...(groupsClaim === undefined ? [] : [groupsClaim])];
  const isShort = wanted.some((name) => claims[name] === undefined) && configuration.serverMetadata().userinfo_endpoint !== undefined;
  // providers that keep the token short tell the rest there, about the same subject
  const more = isShort ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
  const person = readPerson({ ...more, ...claims }, groupsClaim);
  if (person === undefined) throw new RefusedError('claims_unfit');
  return person;
}

class UnfitError extends Error {}
class RefusedError extends Error {}

async function attempt<T>(work: () => Promise<T>): Promise<Result<T, OidcRefused>> {
  try {
    return ok(await work());
  } catch (error) {
    return err(refusalOf(error));
  }
}

/** The library tells what does not hold by throwing, and wraps what our own fetch throws. */
function refusalOf(error: unknown): OidcRefused {
  if (error instanceof UnfitError) return { code: 'oidc.unfit', reason: error.message };
  if (error instanceof RefusedError) return { code: 'oidc.refused', reason: error.message };
  const outside = outsideOf(error);
  if (outside !== undefined) return { code: 'oidc.unavailable', reason: outside };
  const code = codeOf(error);
  return { code: notOfAProvider.includes(code) ? 'oidc.unavailable' : 'oidc.refused', reason: reasonOf(code) };
}

// pages of errors, of whatever stands in front of a provider
const notOfAProvider: readonly string[] = ['OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'];
const causesMax = 5;

/** What our own fetch ended with, however often it was wrapped. */
function outsideOf(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < causesMax; cause = cause.cause, depth += 1) {
    if (cause instanceof Fault) return cause.code;
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') return 'too_slow';
  }
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

function reasonOf(code: string): string {
  return code
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]/gu, '_')
    .slice(0, 60);
}
