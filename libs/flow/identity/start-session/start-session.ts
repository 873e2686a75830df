import { limits, type MemberId, type TenantId, type TenantPass } from '@lib/contract';
import { err, ok, SECOND_MS, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { hashSecret, isSecret, makeSecret, type CallerClient } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { insertCredential, insertSession } from '../identity.store.ts';

/** The code was spent, is too old, or never was; or the token is not live. All look alike. */
export type CodeInvalid = { readonly code: 'identity.code_invalid' };

/** A session that has begun. The secret goes into the cookie and nowhere else. */
export type StartedSession = { readonly secret: string; readonly maxAgeMs: number };

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
  const secret = makeSecret();
  const nowMs = deps.clock.nowMs();
  const endMs = Math.min(nowMs + limits.sessionMs, proof.expiresMs);
  const { tenantId, pass, scope, tokenId, memberId } = proof;
  const person = tokenId === null && memberId !== null;
  const session = { id: deps.ids.uuid(), scope, tokenId, memberId, client: signIn.client.name, expiresAt: new Date(endMs).toISOString() };
  const actor = person ? { type: 'member' as const, id: memberId } : { type: 'session' as const, id: session.id };
  const context = { tenantId, actor, requestId: signIn.requestId, client: signIn.client, pass };
  const idleSeconds = limits.sessionIdleMs / SECOND_MS;
  const targets = [{ type: 'session', id: session.id }];
  const detail = { scope: session.scope, by: proof.tokenId === null ? 'code' : 'token' };
  await deps.tenancy.withTenant(context, 'sign in to the dashboard', (tx) =>
    Promise.all([
      insertSession(tx, session),
      insertCredential(tx, { ...session, hash: hashSecret(secret), kind: 'session', subjectId: session.id, person, idleSeconds }),
      recordAudit(tx, { action: 'session.started', targets, outcome: 'success', detail }, deps),
    ]),
  );
  return ok({ secret, maxAgeMs: endMs - nowMs });
}

type Proof = {
  readonly tenantId: TenantId;
  readonly scope: 'read' | 'write' | 'admin';
  readonly tokenId: string | null;
  readonly memberId: MemberId | null;
  readonly expiresMs: number;
  readonly pass: TenantPass;
};

/** A session cookie does not start another session: only a code, once, or a token does. */
async function checkProof({ identity }: IdentityDeps, signIn: SignIn): Promise<Proof | undefined> {
  if ('code' in signIn) {
    const spent = isSecret(signIn.code) ? await identity.spendCode(hashSecret(signIn.code)) : undefined;
    return spent === undefined ? undefined : { ...spent, tokenId: null, expiresMs: Infinity };
  }
  const credential = isSecret(signIn.token) ? await identity.findCredential(hashSecret(signIn.token)) : undefined;
  if (credential?.kind !== 'token') return undefined;
  return {
    ...credential,
    tokenId: credential.subjectId,
    memberId: credential.member?.id ?? null,
    expiresMs: Date.parse(credential.expiresAt),
  };
}
