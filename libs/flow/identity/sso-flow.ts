import { createHash, createHmac, randomBytes } from 'node:crypto';
import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { openChallenge, sealChallenge } from '@lib/guard/presence';
import type { SpentState } from '@lib/guard/tenancy';
import type { OidcFlow } from '@lib/platform/oidc';
import type { IdentityDeps } from './identity-deps.ts';

type Keys = Pick<IdentityDeps, 'challengeKey' | 'clock'>;

/** A sign-in at a provider that is under way in one browser. */
export type SsoFlow = { readonly providerId: string; readonly flow: OidcFlow; readonly state: SpentState };

/** The sign-in was not begun in this browser, or is too old. */
export type FlowInvalid = { readonly code: 'sso.flow_invalid' };

const browserPattern = /^[A-Za-z0-9_-]{43}$/u;

/** What a browser is known by while it is away: its own secret, or a new one where it has none. */
export function browserSecret(brought: string | undefined): string {
  return brought !== undefined && browserPattern.test(brought) ? brought : randomBytes(32).toString('base64url');
}

/**
 * Begins a sign-in. It needs no row: the state is a challenge that is bound to provider, browser and address, and what the provider must
 * not learn is made from it under a key. So whoever begins a million of them fills nothing.
 */
export function beginFlow(keys: Keys, { providerId, browser, redirectUri }: Binding): OidcFlow {
  const bound = boundOf({ providerId, browser, redirectUri });
  const state = `${providerId}.${sealChallenge(keys, { purpose: 'company', bound }, limits.ssoFlowMs)}`;
  return derive(keys, { browser, redirectUri, state });
}

/** Finds the sign-in again that a state belongs to. Errors: `sso.flow_invalid`, whatever the reason. */
export function openFlow(
  keys: Keys,
  { browser, redirectUri, state }: { readonly browser: string | undefined; readonly redirectUri: string; readonly state: string },
): Result<SsoFlow, FlowInvalid> {
  const [, providerId = '', challenge = ''] = /^([0-9a-f-]{36})\.([A-Za-z0-9_-]{1,200})$/u.exec(state) ?? [];
  if (browser === undefined || !browserPattern.test(browser)) return err({ code: 'sso.flow_invalid' });
  const opened = openChallenge(keys, { purpose: 'company', bound: boundOf({ providerId, browser, redirectUri }) }, challenge);
  if (!opened.ok) return err({ code: 'sso.flow_invalid' });
  const hash = createHash('sha256').update(state).digest();
  const expiresAt = new Date(opened.value.expiresMs).toISOString();
  return ok({ providerId, flow: derive(keys, { browser, redirectUri, state }), state: { hash, expiresAt } });
}

type Binding = { readonly providerId: string; readonly browser: string; readonly redirectUri: string };

function boundOf({ providerId, browser, redirectUri }: Binding): string {
  return JSON.stringify([providerId, createHash('sha256').update(browser).digest('base64url'), redirectUri]);
}

function derive(
  { challengeKey }: Keys,
  { browser, redirectUri, state }: Omit<Binding, 'providerId'> & { readonly state: string },
): OidcFlow {
  const secretFor = (use: string): string =>
    createHmac('sha256', challengeKey)
      .update(JSON.stringify(['aegis sso', use, browser, state]))
      .digest('base64url');
  return { redirectUri, state, nonce: secretFor('nonce'), verifier: secretFor('verifier') };
}
