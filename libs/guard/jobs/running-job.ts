import type { JobId, JobKind, JobPayload, TenantId, TenantPass } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';

/**
 * A job in the hands of a handler. `attempt` counts from 1 and is the fence of `completeJob`.
 * `signal` aborts when the job was cancelled (`job.cancelled`), another worker may have it (`job.lease_lost`) or this process stops
 * (`job.stopped`); the handler MUST end soon after.
 */
export type RunningJob<K extends JobKind = JobKind> = {
  readonly id: JobId;
  readonly kind: K;
  readonly tenantId: TenantId;
  readonly payload: JobPayload<K>;
  readonly attempt: number;
  /** Lasts while this attempt holds the job. */
  readonly pass: TenantPass;
  readonly signal: AbortSignal;
};

/**
 * One handler a kind. It may run more than once for one job, also at the same time as an earlier run that was thought dead; what it
 * writes outside of its last transaction MUST bear that. The last transaction calls `completeJob`.
 */
export type JobHandlers = { readonly [K in JobKind]: (job: RunningJob<K>) => Promise<void> };

/** A job that has been given up. `payload` is absent when it does not follow the schema of its kind. */
export type DeadJob = {
  readonly id: JobId;
  readonly kind: JobKind;
  readonly tenantId: TenantId;
  readonly payload: JobPayload<JobKind> | undefined;
  readonly attempts: number;
  readonly errorCode: string;
};

/** Runs in the transaction that buries the job: end what the job was for, write the audit event. If it throws, the job is not buried. */
export type OnDead = (tx: TenantTx, job: DeadJob) => Promise<void>;

/** Something that only an attack or a grave mistake explains. */
export type JobAlarm = {
  readonly code: 'job.tenant_mismatch';
  readonly jobId: JobId;
  readonly tenantId: TenantId;
  readonly claimed: string;
};
