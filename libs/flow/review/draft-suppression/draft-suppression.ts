import type { Claim, ClaimWish, draftSuppression as route, FindingId, SuppressionScope } from '@lib/contract';
import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import { claimedOf, type NotClaimable } from '../check-claim.ts';
import { findCovered, lockClaimable, type Claimable } from '../claimed.store.ts';
import type { ReviewDeps } from '../review-deps.ts';

/** Why there is no claim to sign. */
export type NotDrafted = NotClaimable | { readonly code: 'suppression.scope_unfit' | 'suppression.too_many' };

/**
 * Puts a claim together from a wish: the scope is spelled out, every finding that it covers now is listed with its proof. It is what will be
 * shown and signed; nothing is kept. What the list tells is of customer's code, so the reading is an event. Errors: `NotDrafted`.
 */
export function draftSuppression(
  deps: ReviewDeps,
  { caller, body }: Pick<Call<typeof route>, 'caller' | 'body'>,
): Promise<Result<Claim, NotDrafted>> {
  return deps.tenancy.withTenant(caller, 'draft a claim', async (tx) => {
    const ids = [...new Set(body.findingIds)];
    const asked = await lockClaimable(tx, ids);
    const scope = scopeOf(asked, ids, body);
    if (!scope.ok) return scope;
    const listed = await listCovered(tx, { ids, asked, scope: scope.value });
    if (!listed.ok) return listed;
    const { decision, reason, justification, expiresAt } = body;
    if (justification !== undefined && asked.some(({ advisoryIds }) => advisoryIds === null))
      return err({ code: 'suppression.scope_unfit' });
    const targets = ids.slice(0, limits.auditTargetsMax).map((id) => ({ type: 'finding', id }));
    const detail = { scope: scope.value.kind, findings: listed.value.length };
    await recordAudit(tx, { action: 'suppression.drafted', targets, outcome: 'success', detail }, deps);
    return ok({
      decision,
      reason,
      ...(justification === undefined ? {} : { justification }),
      expiresAt,
      scope: scope.value,
      count: listed.value.length,
      findings: [...listed.value],
    });
  });
}

function scopeOf(found: readonly Claimable[], ids: readonly FindingId[], wish: ClaimWish): Result<SuppressionScope, NotDrafted> {
  if (wish.scope.kind === 'finding') return ok({ kind: 'finding' });
  const [first, ...others] = found;
  if (first === undefined || found.length !== ids.length) return err({ code: 'finding.not_found' });
  const { ruleId, ruleVersion, repositoryId, advisoryIds } = first;
  if (others.length > 0) return err({ code: 'suppression.scope_unfit' });
  if (wish.scope.kind === 'rule') {
    const { path } = wish.scope;
    const within = first.path === path || first.path.startsWith(`${path}/`);
    return within ? ok({ kind: 'rule', repositoryId, path, ruleId, ruleVersion }) : err({ code: 'suppression.scope_unfit' });
  }
  if (advisoryIds === null || advisoryIds.length === 0) return err({ code: 'suppression.scope_unfit' });
  return ok({ kind: 'advisory', advisoryIds: advisoryIds.toSorted(), ruleId, ruleVersion });
}

type Listing = { readonly ids: readonly FindingId[]; readonly asked: readonly Claimable[]; readonly scope: SuppressionScope };

async function listCovered(tx: TenantTx, { ids, asked, scope }: Listing) {
  if (scope.kind === 'finding') return claimedOf(asked, ids.length);
  const covered = await findCovered(tx, scope);
  if (covered.length > limits.findingsPerDecisionMax) return err({ code: 'suppression.too_many' } as const);
  return claimedOf(await lockClaimable(tx, covered), covered.length);
}
