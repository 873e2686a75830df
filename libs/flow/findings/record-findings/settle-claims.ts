import { limits, type FindingId, type RepositoryId, type ScanId } from '@lib/contract';
import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { applyClaims, reopenUnclaimed } from '../claims.store.ts';

/**
 * Holds the claims that people have signed against what a scan has seen, in the transaction that records it: nothing that a claim does not
 * cover any more stays quiet for an instant, and what one covers is never told as new. Each finding that is moved stands in an event.
 */
export async function settleClaims(
  deps: AuditDeps,
  tx: TenantTx,
  scan: { readonly repositoryId: RepositoryId; readonly scanId: ScanId; readonly side: boolean },
): Promise<void> {
  if (scan.side) return; // a scan of a change moves nothing
  await tell(deps, tx, { scanId: scan.scanId, state: 'reopened', ids: await reopenUnclaimed(tx, scan) });
  await tell(deps, tx, { scanId: scan.scanId, state: 'quiet', ids: await applyClaims(tx, scan) });
}

type Settled = { readonly scanId: ScanId; readonly state: 'reopened' | 'quiet'; readonly ids: readonly FindingId[] };

async function tell(deps: AuditDeps, tx: TenantTx, { scanId, state, ids }: Settled): Promise<void> {
  const perEvent = limits.auditTargetsMax - 1;
  for (let start = 0; start < ids.length; start += perEvent) {
    const targets = [{ type: 'scan', id: scanId }, ...ids.slice(start, start + perEvent).map((id) => ({ type: 'finding', id }))];
    await recordAudit(tx, { action: 'suppressions.applied', targets, outcome: 'success', detail: { state } }, deps);
  }
}
