import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { Clock, Ids } from '@lib/kernel';
import { findLeaving, finishLeaving } from '../leaving.store.ts';

/** What the job uses. */
export type LeaveMemberDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids };

/**
 * Makes a member's leaving final: one transaction, so that a worker that is killed leaves it undone or done. One who was brought back
 * stays; a job that comes too early, by the database's clock, comes again.
 */
export function leaveMember(deps: LeaveMemberDeps, job: RunningJob<'member.leave'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const { memberId } = job.payload;
  return deps.tenancy.withTenant(context, 'member.leave', async (tx) => {
    const leaving = await findLeaving(tx, memberId);
    if (leaving?.early === true) await enqueueJob(tx, 'member.leave', job.payload, deps.ids, leaving.leavesAt);
    else if (leaving !== undefined && (await finishLeaving(tx, memberId)))
      await recordAudit(tx, { action: 'member.gone', targets: [{ type: 'member', id: memberId }], outcome: 'success' }, deps);
    await completeJob(tx, job);
  });
}
