import { AssertionFault, Fault, type Clock } from '@lib/kernel';
import { jobSchemas, type JobKind, type JobPayload } from '@lib/contract';
import { openJobPass, type JobTicket, type Turn } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import { counter, describeError, span, type Log } from '@lib/platform/telemetry';
import type { z } from 'zod';
import { wasCompleted } from './complete-job.ts';
import { failJob, type FailDeps } from './fail-job.ts';
import { holdLease } from './hold-lease.ts';
import { renewLease, startJob, type JobAttempt } from './jobs.store.ts';
import type { JobAlarm, JobHandlers, RunningJob } from './running-job.ts';

export type RunDeps = FailDeps & {
  /** Pool of `aegis_dispatch`. */
  readonly dispatch: Database;
  readonly handlers: JobHandlers;
  readonly clock: Clock;
  readonly log: Log;
  readonly onAlarm: (alarm: JobAlarm) => void;
  /** Aborts with `job.stopped` when this process stops. */
  readonly stopping: AbortSignal;
};

/**
 * Runs one job that the queue hands over: starts the row, runs its handler, puts the row back or gives it up when the handler fails.
 * An entry whose row is not waiting for it (cancelled, done, taken by another) does nothing.
 */
export async function runJob(deps: RunDeps, ticket: JobTicket): Promise<void> {
  const { tenantId, jobId } = ticket;
  const pass = await openJobPass(deps.dispatch, ticket);
  if (pass === undefined) return;
  const turn = { tenantId, pass };
  const attempt = await deps.tenancy.withTenantOnce(deps.contextOf(turn), 'start a job', (tx) =>
    startJob(tx, jobId, deps.settings.leaseMs),
  );
  if (attempt === undefined) return;
  const { kind } = attempt;
  await span('job.run', { jobId, kind, attempt: attempt.attempt }, async () => {
    const failure = await runAttempt(deps, { ...turn, attempt, kind });
    if (failure === undefined) {
      finished.add(1, { kind, end: 'done' });
      return;
    }
    const end = await failJob(deps, { ...turn, attempt, ...failure });
    finished.add(1, { kind, end });
    const fields = { jobId, tenantId, kind, attempt: attempt.attempt, errorCode: failure.errorCode };
    if (end === 'dead') deps.log.error('job.buried', fields);
    else if (end === 'retried') deps.log.warn('job.retried', fields);
    else deps.log.info('job.superseded', fields);
  });
}

const finished = counter('jobs.finished');

type AttemptFailure = { readonly errorCode: string; readonly final: boolean };
type Attempt<K extends JobKind> = Turn & { readonly attempt: JobAttempt; readonly kind: K };

async function runAttempt<K extends JobKind>(
  deps: RunDeps,
  { tenantId, pass, attempt, kind }: Attempt<K>,
): Promise<AttemptFailure | undefined> {
  const parsed = payloadSchemas[kind].safeParse(attempt.payload);
  if (!parsed.success) return { errorCode: 'job.payload_invalid', final: true };
  const claimed: string = parsed.data.tenantId;
  if (claimed !== tenantId) {
    deps.onAlarm({ code: 'job.tenant_mismatch', jobId: attempt.id, tenantId, claimed });
    return { errorCode: 'job.tenant_mismatch', final: true };
  }
  return runHandler(deps, { id: attempt.id, kind, tenantId, pass, payload: parsed.data, attempt: attempt.attempt });
}

async function runHandler<K extends JobKind>(deps: RunDeps, start: Omit<RunningJob<K>, 'signal'>): Promise<AttemptFailure | undefined> {
  const { settings, tenancy, clock } = deps;
  const controller = new AbortController();
  const job: RunningJob<K> = { ...start, signal: AbortSignal.any([controller.signal, deps.stopping]) };
  const lease = holdLease({
    renew: () =>
      tenancy.withTenantOnce(deps.contextOf(job), 'renew a lease', (tx) =>
        renewLease(tx, job.id, { attempt: job.attempt, leaseMs: settings.leaseMs }),
      ),
    heartbeatMs: settings.heartbeatMs,
    leaseMs: settings.leaseMs,
    clock,
    abort: (reason) => controller.abort(reason),
  });
  try {
    await deps.handlers[job.kind](job);
    return wasCompleted(job) ? undefined : { errorCode: 'job.not_completed', final: false };
  } catch (error) {
    deps.log.warn('job.failed', { jobId: job.id, tenantId: job.tenantId, kind: job.kind, attempt: job.attempt, ...describeError(error) });
    return { errorCode: codeOf(error, job.signal), final: !job.signal.aborted && error instanceof Fault && error.lasting };
  } finally {
    lease.release();
  }
}

/** Why the handler was told to stop says more than what it threw when it did. */
function codeOf(error: unknown, signal: AbortSignal): string {
  const cause: unknown = signal.aborted ? signal.reason : error;
  if (cause instanceof Fault) return cause.code;
  return cause instanceof AssertionFault ? 'job.assertion_failed' : 'job.unexpected';
}

const payloadSchemas: { readonly [K in JobKind]: z.ZodType<JobPayload<K>> } = jobSchemas;
