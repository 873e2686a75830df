import type { AuditAction, KeptEvidence, PackId, ScanId } from '@lib/contract';
import { err, ok, type Ids, type Result } from '@lib/kernel';
import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import { lockScanPacks } from '@lib/guard/evidence';
import { enqueueJob } from '@lib/guard/jobs';
import { findScanState } from '@lib/guard/scans';
import type { TenantTx } from '@lib/guard/tenancy';
import { keptOf, type EvidenceNone, type ScanNotFound } from './evidence-deps.ts';

/** A wish about all evidence of a scan: how it is written down, answering the packs it concerned, and how it stands in the log. */
export type KeepingWish<E> = {
  readonly scanId: ScanId;
  readonly action: AuditAction;
  readonly detail: Readonly<Record<string, string>>;
  readonly write: (tx: TenantTx) => Promise<readonly PackId[]>;
  /** When it concerned none although there is evidence. */
  readonly none: E;
};

/**
 * Writes a wish down, audits it, and hands it to the job that makes the object store follow; all in the caller's transaction.
 * Errors: `scan.not_found`, `evidence.none`, and the wish's own.
 */
export async function changeKeeping<E>(
  deps: AuditDeps & { readonly ids: Ids },
  tx: TenantTx,
  wish: KeepingWish<E>,
): Promise<Result<KeptEvidence, ScanNotFound | EvidenceNone | E>> {
  const { scanId } = wish;
  if ((await findScanState(tx, scanId)) === undefined) return err({ code: 'scan.not_found' });
  const kept = (await lockScanPacks(tx, scanId)).filter((pack) => pack.expiredAt === null);
  if (kept.length === 0) return err({ code: 'evidence.none' });
  const packIds = await wish.write(tx);
  if (packIds.length === 0) return err(wish.none);
  const targets = [{ type: 'scan', id: scanId }, ...packIds.slice(0, targetsMax).map((id) => ({ type: 'evidence_pack', id }))];
  await recordAudit(tx, { action: wish.action, targets, outcome: 'success', detail: { ...wish.detail, packs: packIds.length } }, deps);
  await enqueueJob(tx, 'evidence.keep', { tenantId: tx.context.tenantId, scanId }, deps.ids);
  return ok(keptOf(scanId, await lockScanPacks(tx, scanId)));
}

const targetsMax = 19; // an audit entry names twenty; the scan is one of them
