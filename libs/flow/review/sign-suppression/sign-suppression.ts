import { createHash } from 'node:crypto';
import { limits, suppressionIdSchema, type Claim, type signSuppression as route, type SuppressionView } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import type { SignedProof } from '@lib/guard/presence';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import { checkClaim, type ClaimUnfit } from '../check-claim.ts';
import type { ReviewDeps } from '../review-deps.ts';
import { findSuppression, insertSuppression, weighClaim } from '../suppression.store.ts';

/** Why a claim is not taken. */
export type ClaimRefused =
  | ClaimUnfit
  | { readonly code: 'finding.count_differs' | 'suppression.expiry_invalid' | 'suppression.too_many_wide' | 'presence.person_needed' };

type SignCall = Pick<Call<typeof route>, 'caller' | 'body' | 'slot' | 'signed'>;

/**
 * Takes a claim that a person signed: that the passkey answered for exactly this body, just now and once, was checked at the rim. Here the
 * claim is held against the findings as they are, in the transaction that keeps it with its signature, moves them, writes the event and puts
 * its end into the calendar. Errors: `ClaimRefused`.
 */
export async function signSuppression(
  deps: ReviewDeps,
  { caller, body, slot, signed }: SignCall,
): Promise<Result<SuppressionView, ClaimRefused>> {
  if (caller.member === null || signed === undefined) return err({ code: 'presence.person_needed' });
  const { member } = caller;
  if (body.count !== body.findings.length || new Set(body.findings.map(({ id }) => id)).size !== body.count)
    return err({ code: 'finding.count_differs' });
  return deps.tenancy.withTenant(caller, 'sign a claim', async (tx) => {
    const fits = await checkClaim(tx, body);
    if (!fits.ok) return fits;
    const weighed = await weighClaim(tx, body.expiresAt);
    if (!weighed.fits) return err({ code: 'suppression.expiry_invalid' });
    if (body.scope.kind !== 'finding' && weighed.waiting >= limits.suppressionsWideMax) return err({ code: 'suppression.too_many_wide' });
    const id = suppressionIdSchema.parse(deps.ids.uuid());
    await insertSuppression(tx, { id, memberId: member.id, claim: body, proof: signed });
    await tell(deps, tx, { id, claim: body, proof: signed });
    await enqueueJob(tx, 'suppression.expire', { tenantId: caller.tenantId, suppressionId: id }, deps.ids, body.expiresAt);
    const view = present(await findSuppression(tx, id), 'the claim that was kept');
    await keepAnswer(tx, slot, { status: 201, value: view });
    return ok(view);
  });
}

type Signed = { readonly id: string; readonly claim: Claim; readonly proof: SignedProof };

// The digests tie the claim to the log: whoever has an export can tell that this text and this key were there then.
async function tell(deps: ReviewDeps, tx: TenantTx, { id, claim, proof }: Signed): Promise<void> {
  const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const detail = {
    decision: claim.decision,
    scope: claim.scope.kind,
    findings: claim.count,
    until: claim.expiresAt,
    actionSha256: sha256(proof.action),
    passkeySha256: sha256(proof.publicKey),
  };
  const perEvent = limits.auditTargetsMax - 1;
  for (let start = 0; start < claim.findings.length; start += perEvent) {
    const findings = claim.findings.slice(start, start + perEvent).map((finding) => ({ type: 'finding', id: finding.id }));
    const targets = [{ type: 'suppression', id }, ...findings];
    await recordAudit(tx, { action: 'suppression.signed', targets, outcome: 'success', detail }, deps);
  }
}
