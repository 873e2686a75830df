import { createHash } from 'node:crypto';
import {
  ciAudience,
  limits,
  tenantIdSchema,
  tokenIdSchema,
  type exchangeCiToken as route,
  type RepositoryId,
  type TenantId,
  type TokenId,
} from '@lib/contract';
import { err, MINUTE_MS, ok, SECOND_MS, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { CiTrust } from '@lib/guard/tenancy';
import { hashSecret, makeSecret, type Call } from '@lib/platform/http';
import type { WorkflowClaims } from '@lib/platform/oidc';
import { z } from 'zod';
import { insertCiToken } from '../ci-trust.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { isTrusted } from '../is-trusted.ts';

/** Why a workflow gets nothing. An unknown tenant, a token that does not hold and one that nobody trusts look alike. */
export type CiRefused = { readonly code: 'ci.token_refused' | 'ci.issuer_unavailable' };

/** What a workflow gets. */
export type CiTokenGiven = {
  readonly id: TokenId;
  readonly secret: string;
  readonly repositoryId: RepositoryId;
  readonly expiresAt: string;
};

/**
 * Exchanges a workflow's token, once, for one of ours that reaches one repository. What it says of itself unchecked, its audience and its
 * issuer, only finds what it is checked with: keys are asked of issuers that the tenant trusts and of nobody else. Errors: `CiRefused`.
 */
export async function exchangeCiToken(
  deps: IdentityDeps,
  { body, client, requestId }: Pick<Call<typeof route>, 'body' | 'client' | 'requestId'>,
): Promise<Result<CiTokenGiven, CiRefused>> {
  const said = readUnchecked(body.token);
  if (said === undefined) return err({ code: 'ci.token_refused' });
  const { tenantId, issuer } = said;
  const trusts = (await deps.identity.findCiTrusts(tenantId)).filter((trust) => trust.issuer === issuer);
  if (trusts.length === 0) return err({ code: 'ci.token_refused' });
  const checked = await deps.workflowTokens.verify(body.token, { issuer, audience: ciAudience(tenantId) });
  if (!checked.ok) return err({ code: checked.error.code === 'oidc.refused' ? 'ci.token_refused' : 'ci.issuer_unavailable' });
  const trust = trusts.find((each) => isTrusted(each, checked.value));
  return trust === undefined
    ? err({ code: 'ci.token_refused' })
    : give(deps, { tenantId, trust, claims: checked.value, client, requestId });
}

type Giving = Pick<Call<typeof route>, 'client' | 'requestId'> & {
  readonly tenantId: TenantId;
  readonly trust: CiTrust;
  readonly claims: WorkflowClaims;
};

async function give(deps: IdentityDeps, { tenantId, trust, claims, client, requestId }: Giving): Promise<Result<CiTokenGiven, CiRefused>> {
  const hash = createHash('sha256')
    .update(JSON.stringify(['workflow token', trust.issuer, claims.jti]))
    .digest();
  const goneMs = claims.exp * SECOND_MS + 2 * limits.oidcClockSkewMs; // as long as a check could still let it through
  const used = await deps.identity.useCiTrust({ tenantId, trustId: trust.id }, { hash, expiresAt: new Date(goneMs).toISOString() });
  if (used === undefined) return err({ code: 'ci.token_refused' });
  const { repositoryId, minutes, pass } = used;
  const secret = makeSecret();
  const nowMs = deps.clock.nowMs();
  const id = tokenIdSchema.parse(deps.ids.uuid());
  const expiresAt = new Date(nowMs + minutes * MINUTE_MS).toISOString();
  const name = `workflow run ${claims.run_id ?? ''}`.trim();
  const token = { id, name, repositoryId, hash: hashSecret(secret), createdAt: new Date(nowMs).toISOString(), expiresAt };
  const context = { tenantId, pass, client, requestId, actor: { type: 'token', id } } as const;
  const targets = [
    { type: 'token', id },
    { type: 'ci_trust', id: trust.id },
    { type: 'repository', id: repositoryId },
  ];
  await deps.tenancy.withTenant(context, 'let a workflow in', async (tx) => {
    await insertCiToken(tx, token);
    await recordAudit(
      tx,
      { action: 'ci.token_given', targets, outcome: 'success', detail: { ref: claims.ref.slice(0, 200), minutes } },
      deps,
    );
  });
  return ok({ id, secret, repositoryId, expiresAt });
}

const audiencePattern = /^aegis:([0-9a-f-]{36})$/u;
const saidSchema = z.object({ iss: z.string().max(300), aud: z.string().max(100) });

function readUnchecked(token: string): { readonly tenantId: TenantId; readonly issuer: string } | undefined {
  try {
    const said = saidSchema.safeParse(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));
    const tenantId = tenantIdSchema.safeParse(audiencePattern.exec(said.data?.aud ?? '')?.[1]);
    return said.success && tenantId.success ? { tenantId: tenantId.data, issuer: said.data.iss } : undefined;
  } catch {
    return undefined; // no token
  }
}
