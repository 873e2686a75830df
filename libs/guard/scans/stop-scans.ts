import type { ScanId } from '@lib/contract';
import type { AuditDeps } from '@lib/guard/audit';
import { cancelJobs } from '@lib/guard/jobs';
import type { TenantTx } from '@lib/guard/tenancy';
import { endScan } from './end-scan.ts';

/** Ends live scans as cancelled, with their open jobs, in the caller's transaction. Answers how many were live. */
export async function stopScans(deps: AuditDeps, tx: TenantTx, scans: readonly ScanId[]): Promise<number> {
  let stopped = 0;
  for (const scanId of scans) {
    if (!(await endScan(deps, tx, { scanId, state: 'cancelled', errorCode: 'scan.superseded' }))) continue;
    await cancelJobs(tx, { scanId });
    stopped += 1;
  }
  return stopped;
}
