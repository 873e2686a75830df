import { limits } from '@lib/contract';
import { err, ok, type Clock, type Result } from '@lib/kernel';
import type { Signer } from '@lib/platform/kms';
import type { ForgeApp } from './forge.ts';

/** A token of the App itself, and when it ends, an instant. */
export type AppToken = { readonly jwt: string; readonly expiresAt: string };

/**
 * Makes the token by which an App speaks for itself: a JWT whose signature the key store makes, so that no private key is here.
 * Errors: `forge.key_absent`. Source: RFC 7519; RFC 7518, 3.3; GitHub, "Generating a JSON Web Token for a GitHub App".
 */
export async function signAppToken(
  deps: { readonly signer: Signer; readonly clock: Clock },
  app: ForgeApp,
): Promise<Result<AppToken, { readonly code: 'forge.key_absent' }>> {
  const nowMs = deps.clock.nowMs();
  const endMs = nowMs + limits.forgeJwtMs - limits.forgeJwtSkewMs;
  const claims = { iat: seconds(nowMs - limits.forgeJwtSkewMs), exp: seconds(endMs), iss: String(app.externalId) };
  const message = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  const { tenantId, appId } = app;
  const signature = await deps.signer.sign({ purpose: 'forge', tenantId, appId }, Buffer.from(message, 'latin1'));
  if (!signature.ok) return err({ code: 'forge.key_absent' });
  const jwt = `${message}.${Buffer.from(signature.value).toString('base64url')}`;
  return ok({ jwt, expiresAt: new Date(endMs).toISOString() });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
