import type { ScanId } from '@lib/contract';
import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { tellForge } from './tell-forge.ts';
import { appendScanEvent, updateLiveScan, type ScanFigures, type WhyEnded } from './scan-life.store.ts';

/** How a scan ends. `errorCode` says why it failed or what kept it from being complete. */
export type ScanEnd = ScanFigures &
  WhyEnded & {
    readonly state: 'succeeded' | 'incomplete' | 'failed' | 'cancelled';
  };

/** Ends a live scan, once. Answers false when it had already ended; then nothing is written, the audit event included. */
export async function endScan(deps: AuditDeps, tx: TenantTx, ending: ScanEnd & { readonly scanId: ScanId }): Promise<boolean> {
  const { scanId, ...change } = ending;
  const progress = await updateLiveScan(tx, scanId, { ...change, stage: 'done' });
  if (progress === undefined) return false;
  await appendScanEvent(tx, scanId, progress);
  await recordAudit(
    tx,
    {
      action: ending.state === 'cancelled' ? 'scan.cancelled' : 'scan.finished',
      targets: [{ type: 'scan', id: scanId }],
      outcome: ending.state === 'failed' ? 'failure' : 'success',
      detail: {
        state: ending.state,
        findingCount: progress.findingCount,
        ...(ending.errorCode === undefined ? {} : { errorCode: ending.errorCode }),
      },
    },
    deps,
  );
  await tellForge(deps, tx, scanId);
  return true;
}
