import { limits, type MemberId, type TenantId, type TenantPass, type TokenScope } from '@lib/contract';
import { SECOND_MS } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { hashSecret, makeSecret, type CallerClient } from '@lib/platform/http';
import type { IdentityDeps } from './identity-deps.ts';
import { insertCredential, insertSession } from './identity.store.ts';

/** A session that has begun. The secret goes into the cookie and nowhere else. Units: ms. */
export type StartedSession = { readonly secret: string; readonly maxAgeMs: number };

/** Who comes in, by what, and for how long at most. A session that a token started is no person's. */
export type Arrival = {
  readonly tenantId: TenantId;
  readonly pass: TenantPass;
  readonly scope: TokenScope;
  readonly tokenId: string | null;
  readonly memberId: MemberId | null;
  readonly expiresMs: number;
  readonly by: 'code' | 'token' | 'passkey' | 'sso' | 'invitation';
  readonly client: CallerClient;
  readonly requestId: string;
};

/** Begins a session of somebody who has shown who they are: row, credential and event are one transaction. Faults: `db.*`. */
export async function beginSession(
  deps: Pick<IdentityDeps, 'tenancy' | 'clock' | 'ids'>,
  { tenantId, pass, scope, tokenId, memberId, by, client, requestId, ...arrival }: Arrival,
): Promise<StartedSession> {
  const secret = makeSecret();
  const nowMs = deps.clock.nowMs();
  const endMs = Math.min(nowMs + limits.sessionMs, arrival.expiresMs);
  const person = tokenId === null && memberId !== null;
  const session = { id: deps.ids.uuid(), scope, tokenId, memberId, client: client.name, expiresAt: new Date(endMs).toISOString(), by };
  const actor = person ? { type: 'member' as const, id: memberId } : { type: 'session' as const, id: session.id };
  const context = { tenantId, actor, requestId, client, pass };
  const targets = [{ type: 'session', id: session.id }];
  const idleSeconds = limits.sessionIdleMs / SECOND_MS;
  await deps.tenancy.withTenant(context, 'sign in to the dashboard', (tx) =>
    Promise.all([
      insertSession(tx, session),
      insertCredential(tx, { ...session, hash: hashSecret(secret), kind: 'session', subjectId: session.id, person, idleSeconds }),
      recordAudit(tx, { action: 'session.started', targets, outcome: 'success', detail: { scope, by } }, deps),
    ]),
  );
  return { secret, maxAgeMs: endMs - nowMs };
}
