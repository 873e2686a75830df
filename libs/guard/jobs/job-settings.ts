import { limits } from '@lib/contract';

/** How the work is paced. Units: ms, counts. */
export type JobSettings = {
  readonly concurrency: number;
  readonly windowFactor: number;
  /** Jobs of one tenant that are handed over or running at a time. */
  readonly runningPerTenantMax: number;
  readonly attemptsMax: number;
  readonly backoffMs: number;
  readonly backoffMsMax: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly requeueMs: number;
  readonly pollMs: number;
  readonly stopMs: number;
};

/** What the product runs with. */
export const defaultJobSettings: JobSettings = {
  concurrency: limits.workerConcurrency,
  windowFactor: limits.dispatchWindowFactor,
  runningPerTenantMax: limits.jobsRunningPerTenantMax,
  attemptsMax: limits.jobAttemptsMax,
  backoffMs: limits.jobBackoffMs,
  backoffMsMax: limits.jobBackoffMsMax,
  leaseMs: limits.jobLeaseMs,
  heartbeatMs: limits.jobHeartbeatMs,
  requeueMs: limits.jobRequeueMs,
  pollMs: limits.dispatchPollMs,
  stopMs: limits.jobStopMs,
};
