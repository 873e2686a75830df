import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import { contextOf, type ForgeJobDeps } from '../forge-job-deps.ts';
import { findAppLeaving, finishAppLeaving } from '../leaving.store.ts';

/**
 * Makes an App's leaving final: one transaction, so that a worker that is killed leaves it undone or done. Its key is then due, and not
 * this process's to destroy. One that was brought back stays; a job that comes too early, by the database's clock, comes again.
 */
export function leaveForgeApp(deps: Pick<ForgeJobDeps, 'tenancy' | 'clock' | 'ids'>, job: RunningJob<'forge.leave'>): Promise<void> {
  const { forgeAppId } = job.payload;
  return deps.tenancy.withTenant(contextOf(job), 'forge.leave', async (tx) => {
    const leaving = await findAppLeaving(tx, forgeAppId);
    if (leaving?.early === true) await enqueueJob(tx, 'forge.leave', job.payload, deps.ids, leaving.leavesAt);
    else if (leaving !== undefined && (await finishAppLeaving(tx, forgeAppId))) {
      const targets = [{ type: 'forge_app', id: forgeAppId }];
      await recordAudit(tx, { action: 'forge.app_gone', targets, outcome: 'success' }, deps);
    }
    await completeJob(tx, job);
  });
}
