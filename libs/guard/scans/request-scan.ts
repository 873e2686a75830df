import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import type { TenantTx } from '@lib/guard/tenancy';
import { openScan } from './open-scan.ts';
import { insertScanRow, type NewScanRow } from './scan-life.store.ts';

/**
 * Asks for a scan in the caller's transaction: its row, first event, first job and audit event. For scans that no person asks for, such as
 * those of a push. Answers false when the tenant has no such repository.
 */
export async function requestScan(deps: AuditDeps, tx: TenantTx, scan: NewScanRow): Promise<boolean> {
  if (!(await insertScanRow(tx, scan))) return false;
  const targets = [
    { type: 'scan', id: scan.id },
    { type: 'repository', id: scan.repositoryId },
  ];
  await openScan(tx, scan.id);
  await enqueueJob(tx, 'ingest.seal', { tenantId: tx.context.tenantId, scanId: scan.id }, deps.ids);
  await recordAudit(tx, { action: 'scan.requested', targets, outcome: 'success' }, deps);
  return true;
}
