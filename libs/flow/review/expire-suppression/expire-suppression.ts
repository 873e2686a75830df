import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { Clock, Ids } from '@lib/kernel';
import { closeSuppression, lockSuppression } from '../suppression.store.ts';

/** What the job uses. */
export type ExpireSuppressionDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids };

/**
 * Opens what a claim kept quiet once its date has come, by the database's clock. Whoever reads has seen it as open since that instant: this
 * is for the history, the list and the log. One that was ended before stays as it is; a job that comes too early comes again.
 */
export function expireSuppression(deps: ExpireSuppressionDeps, job: RunningJob<'suppression.expire'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const { suppressionId } = job.payload;
  return deps.tenancy.withTenant(context, 'suppression.expire', async (tx) => {
    const held = await lockSuppression(tx, suppressionId);
    if (held !== undefined && !held.over && !held.due) await enqueueJob(tx, 'suppression.expire', job.payload, deps.ids, held.expiresAt);
    if (held?.over === false && held.due) {
      const opened = await closeSuppression(tx, suppressionId);
      const targets = [{ type: 'suppression', id: suppressionId }];
      await recordAudit(tx, { action: 'suppression.expired', targets, outcome: 'success', detail: { findings: opened.length } }, deps);
    }
    await completeJob(tx, job);
  });
}
