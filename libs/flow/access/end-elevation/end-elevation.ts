import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { Clock, Ids } from '@lib/kernel';
import { finishElevation } from '../elevation.store.ts';

/** What the job uses. */
export type EndElevationDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids };

/**
 * Writes down that an elevation is over, or that a request for one has lapsed. The database stopped letting staff through at that
 * instant by itself: this is for the log and the list. One that was ended by somebody stays as it is; a job that comes too early comes again.
 */
export function endElevation(deps: EndElevationDeps, job: RunningJob<'access.end'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const { elevationId } = job.payload;
  return deps.tenancy.withTenant(context, 'access.end', async (tx) => {
    const found = await finishElevation(tx, elevationId);
    if (found.outcome === 'early') await enqueueJob(tx, 'access.end', job.payload, deps.ids, found.dueAt);
    if (found.outcome === 'finished') {
      const [targets, detail] = [[{ type: 'elevation', id: elevationId }], { before: found.before }];
      await recordAudit(tx, { action: 'operator.expired', targets, outcome: 'success', detail }, deps);
    }
    await completeJob(tx, job);
  });
}
