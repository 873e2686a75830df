import { Fault } from '@lib/kernel';
import type { JobKind } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { markDone } from './jobs.store.ts';
import type { RunningJob } from './running-job.ts';

/**
 * Ends a job inside the last transaction of its handler, so that the result and the end are one.
 * Errors: `job.lease_lost` when this attempt no longer holds the job (cancelled, or another worker took it over): it rolls the
 * transaction back, and with it everything a late worker was about to write.
 */
export async function completeJob<K extends JobKind>(tx: TenantTx, job: RunningJob<K>): Promise<void> {
  if (await markDone(tx, job.id, job.attempt)) {
    completed.add(job);
    return;
  }
  throw new Fault('job.lease_lost', { internal: `attempt ${String(job.attempt)} of job \`${job.id}\` came too late` });
}

/** Whether the handler has called `completeJob` with success. Its transaction may still have failed; then the handler failed too. */
export function wasCompleted(job: RunningJob): boolean {
  return completed.has(job);
}

const completed = new WeakSet<RunningJob>();
