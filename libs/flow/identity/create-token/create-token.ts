import { tokenIdSchema, type createToken as route, type TokenView } from '@lib/contract';
import { DAY_MS } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { hashSecret, makeSecret, type Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { insertCredential, insertToken } from '../identity.store.ts';

/** Makes an API token. The secret is in this answer and nowhere else: the database has its hash. */
export async function createToken(
  deps: IdentityDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<TokenView & { readonly secret: string }> {
  const secret = makeSecret();
  const nowMs = deps.clock.nowMs();
  const token: TokenView = {
    id: tokenIdSchema.parse(deps.ids.uuid()),
    name: body.name,
    scope: body.scope,
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + body.expiresInDays * DAY_MS).toISOString(),
    revokedAt: null,
    lastUsedAt: null,
  };
  const memberId = caller.member?.id ?? null;
  const targets = [{ type: 'token', id: token.id }];
  await deps.tenancy.withTenant(caller, 'create an API token', (tx) =>
    Promise.all([
      insertToken(tx, { ...token, memberId }),
      insertCredential(tx, { ...token, hash: hashSecret(secret), kind: 'token', subjectId: token.id, memberId }),
      recordAudit(tx, { action: 'token.created', targets, outcome: 'success', detail: { scope: token.scope } }, deps),
      keepAnswer(tx, slot, { status: 201 }),
    ]),
  );
  return { ...token, secret };
}
