import type { Result } from '@lib/kernel';

/** A client of a provider, as its owner registered it there. `issuer` is compared as it is written. */
export type OidcClient = { readonly issuer: string; readonly clientId: string };

/** What one sign-in is bound to: secrets of one browser, and the one address that the provider sends it back to. */
export type OidcFlow = { readonly redirectUri: string; readonly state: string; readonly nonce: string; readonly verifier: string };

/** What the provider said of a person, after every check. Text of the provider's: bounded, and nothing more. */
export type OidcPerson = {
  readonly subject: string;
  /** Lower case; only one that the provider has verified. */
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** The values of the claim that was asked for: a text or a list of texts. */
  readonly groups: readonly string[];
};

/**
 * `oidc.unavailable`: it does not answer, in time or at a length that is read, or has an address that is not ours to speak to.
 * `oidc.unfit`: what it says of itself cannot be used. `oidc.refused`: an answer does not hold; which part is for the log.
 */
export type OidcRefused = { readonly code: 'oidc.unavailable' | 'oidc.unfit' | 'oidc.refused'; readonly reason: string };

/** Providers of OpenID Connect, as tenants name them. Source: OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207. */
export type Oidc = {
  /** Whether a provider says what a sign-in needs. */
  readonly check: (client: OidcClient) => Promise<Result<undefined, OidcRefused>>;
  /** Where a browser is sent. `loginHint`: an address that somebody typed. */
  readonly begin: (client: OidcClient, flow: OidcFlow, loginHint?: string) => Promise<Result<URL, OidcRefused>>;
  /** Checks what a browser came back with, trades the code in, and checks the token. `query` as the browser has it. */
  readonly finish: (
    client: OidcClient & { readonly clientSecret: string; readonly groupsClaim: string | undefined },
    flow: OidcFlow,
    query: string,
  ) => Promise<Result<OidcPerson, OidcRefused>>;
};
