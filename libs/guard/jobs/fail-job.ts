import { jobSchemas, type JobKind, type JobPayload, type TenantId, type TenantPass } from '@lib/contract';
import type { Tenancy, TenantContext, Turn } from '@lib/guard/tenancy';
import { decideFailure } from './decide-failure.ts';
import type { JobSettings } from './job-settings.ts';
import { markDead, markRetry, type JobAttempt } from './jobs.store.ts';
import type { OnDead } from './running-job.ts';

export type FailDeps = {
  readonly tenancy: Tenancy;
  readonly contextOf: (turn: Turn) => TenantContext;
  readonly onDead: OnDead;
  readonly settings: JobSettings;
};

/** `final`: another attempt would fail the same way. */
export type FailedAttempt = {
  readonly tenantId: TenantId;
  readonly pass: TenantPass;
  readonly attempt: JobAttempt;
  readonly errorCode: string;
  readonly final: boolean;
};

/** Puts a failed attempt back or gives the job up. `late`: the attempt no longer holds the job, and nothing was written. */
export function failJob(deps: FailDeps, failed: FailedAttempt): Promise<'retried' | 'dead' | 'late'> {
  const { id, kind, payload, attempt } = failed.attempt;
  const errorCode = failed.errorCode.slice(0, errorCodeCharsMax);
  const decision = decideFailure({ ...deps.settings, attempt, final: failed.final, waits: awayCodes.has(errorCode) });
  return deps.tenancy.withTenant(deps.contextOf(failed), 'fail a job', async (tx) => {
    if (decision.move === 'retry') {
      return (await markRetry(tx, id, { attempt, errorCode, delayMs: decision.delayMs })) ? 'retried' : 'late';
    }
    if (!(await markDead(tx, id, { attempt, errorCode }))) return 'late';
    await deps.onDead(tx, { id, kind, tenantId: failed.tenantId, payload: payloadOf(kind, payload), attempts: attempt, errorCode });
    return 'dead';
  });
}

// a store or key service that does not answer, or is full: the operator mends it, and the work is still there
const awayCodes: ReadonlySet<string> = new Set([
  'objects.unavailable',
  'objects.disk_full',
  'kms.unavailable',
  'mail.unavailable',
  'forge.unavailable',
  'forge.rate_limited',
]);

const errorCodeCharsMax = 100; // the column's own bound

function payloadOf(kind: JobKind, payload: unknown): JobPayload<JobKind> | undefined {
  return jobSchemas[kind].safeParse(payload).data;
}
