import { err, ok, type Result } from '@lib/kernel';
import { hashSecret, isSecret, type CallerClient } from '@lib/platform/http';
import { beginSession, type Arrival, type StartedSession } from '../begin-session.ts';
import type { IdentityDeps } from '../identity-deps.ts';

/** The code was spent, is too old, or never was; or the token is not live. All look alike. */
export type CodeInvalid = { readonly code: 'identity.code_invalid' };

/** What was handed in to sign in. */
export type SignIn = { readonly requestId: string; readonly client: CallerClient } & (
  { readonly code: string } | { readonly token: string }
);

/**
 * Exchanges a one-time code, or an API token, for a dashboard session of the same tenant and scope. A session never outlives its token.
 * Errors: `identity.code_invalid`.
 */
export async function startSession(deps: IdentityDeps, signIn: SignIn): Promise<Result<StartedSession, CodeInvalid>> {
  const proof = await checkProof(deps, signIn);
  if (proof === undefined) return err({ code: 'identity.code_invalid' });
  return ok(await beginSession(deps, { ...proof, client: signIn.client, requestId: signIn.requestId }));
}

/** A session cookie does not start another session: only a code, once, or a token does. */
async function checkProof({ identity }: IdentityDeps, signIn: SignIn): Promise<Omit<Arrival, 'client' | 'requestId'> | undefined> {
  if ('code' in signIn) {
    const spent = isSecret(signIn.code) ? await identity.spendCode(hashSecret(signIn.code)) : undefined;
    return spent === undefined ? undefined : { ...spent, tokenId: null, expiresMs: Infinity, by: 'code' };
  }
  const credential = isSecret(signIn.token) ? await identity.findCredential(hashSecret(signIn.token)) : undefined;
  if (credential?.kind !== 'token') return undefined;
  const { tenantId, pass, scope, subjectId: tokenId, member, expiresAt } = credential;
  return { tenantId, pass, scope, tokenId, memberId: member?.id ?? null, expiresMs: Date.parse(expiresAt), by: 'token' };
}
