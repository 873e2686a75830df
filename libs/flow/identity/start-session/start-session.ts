import { err, ok, type Result } from '@lib/kernel';
import { hashSecret, isSecret, type CallerClient } from '@lib/platform/http';
import { beginSession, type Arrival, type StartedSession } from '../begin-session.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { refuseBesideSso, type SsoNeeded } from '../refuse-beside-sso.ts';

/** The code was spent, is too old, or never was; or the token is not live. All look alike. */
export type CodeInvalid = { readonly code: 'identity.code_invalid' };

/** What was handed in to sign in. */
export type SignIn = { readonly requestId: string; readonly client: CallerClient } & (
  { readonly code: string } | { readonly token: string }
);

/**
 * Exchanges a one-time code, or an API token, for a dashboard session of the same tenant and scope. A session never outlives its token.
 * Errors: `identity.code_invalid`, `sso.needed`.
 */
export async function startSession(deps: IdentityDeps, signIn: SignIn): Promise<Result<StartedSession, CodeInvalid | SsoNeeded>> {
  const proof = await checkProof(deps, signIn);
  if (proof === undefined) return err({ code: 'identity.code_invalid' });
  const { client, requestId } = signIn;
  const refusal = proof.by === 'code' ? await refuseBesideSso(deps, { ...proof, client, requestId }) : undefined;
  if (refusal !== undefined) return err(refusal);
  return ok(await beginSession(deps, { ...proof, client, requestId }));
}

/** A session cookie does not start another session: only a code, once, or a token does. */
async function checkProof({ identity }: IdentityDeps, signIn: SignIn): Promise<Omit<Arrival, 'client' | 'requestId'> | undefined> {
  if ('code' in signIn) {
    const spent = isSecret(signIn.code) ? await identity.spendCode(hashSecret(signIn.code)) : undefined;
    return spent === undefined ? undefined : { ...spent, tokenId: null, expiresMs: Infinity, by: 'code' };
  }
  const credential = isSecret(signIn.token) ? await identity.findCredential(hashSecret(signIn.token)) : undefined;
  // tokens of directories and workflows are for these alone
  if (credential?.kind !== 'token' || credential.scope === 'scim' || credential.scope === 'ci') return undefined;
  const { tenantId, pass, scope, subjectId: tokenId, member, expiresAt } = credential;
  return { tenantId, pass, scope, tokenId, memberId: member?.id ?? null, expiresMs: Date.parse(expiresAt), by: 'token' };
}
