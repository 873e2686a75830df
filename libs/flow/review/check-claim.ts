import type { Claim, ClaimedFinding } from '@lib/contract';
import { canonicalJson, err, ok, type Result } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { findCovered, lockClaimable, type Claimable } from './claimed.store.ts';

/** Why findings cannot be claimed about. */
export type NotClaimable = {
  readonly code: 'finding.not_found' | 'finding.fixed' | 'finding.proposed' | 'suppression.scan_first';
};

/** A claim that is not about what there is now. */
export type ClaimUnfit = NotClaimable | { readonly code: 'suppression.finding_changed' | 'suppression.scope_unfit' };

/** Findings as a claim lists them, or why they cannot be: the first reason counts. Errors: `NotClaimable`. */
export function claimedOf(found: readonly Claimable[], asked: number): Result<readonly ClaimedFinding[], NotClaimable> {
  if (found.length !== asked) return err({ code: 'finding.not_found' });
  if (found.some(({ state }) => state === 'fixed')) return err({ code: 'finding.fixed' });
  if (found.some(({ state }) => state === 'proposed')) return err({ code: 'finding.proposed' });
  const listed: ClaimedFinding[] = [];
  for (const { id, title, path, startLine, ruleId, ruleVersion, contentSha256, evidenceSha256 } of found) {
    if (contentSha256 === null) return err({ code: 'suppression.scan_first' });
    listed.push({ id, title, path, startLine, ruleId, ruleVersion, contentSha256, evidenceSha256 });
  }
  return ok(listed);
}

/**
 * Holds a claim against the findings as they are at this moment, whose rows stay held: each must be exactly what was shown, and a scope
 * that is wider must take in these and no others, so that nothing is kept quiet that nobody has seen. Errors: `ClaimUnfit`.
 */
export async function checkClaim(tx: TenantTx, claim: Claim): Promise<Result<undefined, ClaimUnfit>> {
  const ids = claim.findings.map(({ id }) => id);
  const found = await lockClaimable(tx, ids);
  const current = claimedOf(found, ids.length);
  if (!current.ok) return current;
  const shown = claim.findings.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (canonicalJson([...current.value]) !== canonicalJson(shown)) return err({ code: 'suppression.finding_changed' });
  if (claim.justification !== undefined && found.some(({ advisoryIds }) => advisoryIds === null))
    return err({ code: 'suppression.scope_unfit' });
  if (claim.scope.kind === 'finding') return ok(undefined);
  const covered = await findCovered(tx, claim.scope);
  const same = covered.length === shown.length && covered.every((id, index) => id === shown[index]?.id);
  return same ? ok(undefined) : err({ code: 'suppression.finding_changed' });
}
