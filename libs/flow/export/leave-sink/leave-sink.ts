import { finishSink, type AuditDeps } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';

/** Makes the leaving of a sink final, in one transaction: a worker that is killed leaves it undone or done. A job that comes too early comes again. */
export function leaveSink(deps: AuditDeps & { readonly tenancy: Tenancy }, job: RunningJob<'sink.leave'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  return deps.tenancy.withTenant(context, 'sink.leave', async (tx) => {
    const againAt = await finishSink(tx, job.payload.sinkId, deps);
    if (againAt !== undefined) await enqueueJob(tx, 'sink.leave', job.payload, deps.ids, againAt);
    await completeJob(tx, job);
  });
}
