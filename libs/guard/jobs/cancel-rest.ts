import { jobKindSchema, keptAfterClosing, type JobKind } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { markWorkCancelled } from './jobs.store.ts';
import type { RunningJob } from './running-job.ts';

/**
 * Cancels what an account that is closed for good has open: all but what keeps its evidence to the end, and the job that asks. Answers how many.
 */
export function cancelRest<K extends JobKind>(tx: TenantTx, asking: RunningJob<K>): Promise<number> {
  const kept: readonly JobKind[] = [...keptAfterClosing, asking.kind];
  return markWorkCancelled(
    tx,
    jobKindSchema.options.filter((kind) => !kept.includes(kind)),
  );
}
