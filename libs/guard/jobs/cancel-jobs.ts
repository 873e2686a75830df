import type { JobId, ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { markCancelled } from './jobs.store.ts';

/**
 * Cancels the open jobs of a scan, at most `limits.jobCancelMax`. What waits never runs; what runs sees its signal abort within
 * `limits.jobHeartbeatMs`, and can no longer complete.
 */
export function cancelJobs(tx: TenantTx, filter: { readonly scanId: ScanId }): Promise<readonly JobId[]> {
  return markCancelled(tx, filter.scanId);
}
