import { workKinds } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { markWorkCancelled } from './jobs.store.ts';

/**
 * Cancels every open job of the tenant that does new work (`workKinds`): what waits never runs, and what runs sees its signal abort within
 * `limits.jobHeartbeatMs` and can no longer complete. Answers how many.
 */
export function cancelWork(tx: TenantTx): Promise<number> {
  return markWorkCancelled(tx, workKinds);
}
