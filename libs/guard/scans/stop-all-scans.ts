import { limits } from '@lib/contract';
import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { cancelLiveScans } from './scan-life.store.ts';
import { tellForge } from './tell-forge.ts';

/**
 * Ends every live scan of the tenant as cancelled, in the caller's transaction, each with its event; whoever waits outside is told. Their
 * jobs are the caller's to cancel. Answers how many there were.
 */
export async function stopAllScans(deps: AuditDeps, tx: TenantTx, errorCode: string): Promise<number> {
  let stopped = 0;
  for (let scans = await cancelLiveScans(tx, errorCode); scans.length > 0; scans = await cancelLiveScans(tx, errorCode)) {
    for (const { id, findingCount } of scans) {
      const detail = { state: 'cancelled', findingCount, errorCode };
      await recordAudit(tx, { action: 'scan.cancelled', targets: [{ type: 'scan', id }], outcome: 'success', detail }, deps);
      await tellForge(deps, tx, id);
    }
    stopped += scans.length;
    if (scans.length < limits.scansStoppedMax) break;
  }
  return stopped;
}
