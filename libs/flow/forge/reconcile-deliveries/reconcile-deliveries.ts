import { limits } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { AppForge } from '@lib/platform/forge';
import { contextOf, type ForgeJobDeps } from '../forge-job-deps.ts';
import { findApp } from '../forge.store.ts';
import { findGuids, updateReconciled } from '../jobs.store.ts';

/**
 * Asks for what was lost on the way: GitHub does not try again by itself. Every delivery of its list that failed, and that we have not
 * taken since, is asked for again; then the next look is put into the ring. A look at an App that is gone is the last.
 * Faults: `forge.*`. Source: GitHub, "Handling failed webhook deliveries".
 */
export async function reconcileDeliveries(deps: ForgeJobDeps, job: RunningJob<'forge.reconcile'>): Promise<void> {
  const context = contextOf(job);
  const { forgeAppId } = job.payload;
  const app = await deps.tenancy.withTenant(context, 'forge.reconcile', async (tx) => {
    const found = await findApp(tx, forgeAppId);
    if (found === undefined) await completeJob(tx, job);
    return found;
  });
  if (app === undefined) return;
  const forge = deps.forge.asApp({ tenantId: job.tenantId, ...app });
  const lost = await findLost(deps, job, forge);
  let asked = 0;
  for (const id of lost) {
    job.signal.throwIfAborted();
    if ((await forge.redeliver(id)).ok) asked += 1;
  }
  await deps.tenancy.withTenant(context, 'forge.reconcile', async (tx) => {
    await updateReconciled(tx, forgeAppId);
    if (asked > 0) {
      const targets = [{ type: 'forge_app', id: forgeAppId }];
      await recordAudit(tx, { action: 'forge.redelivery_asked', targets, outcome: 'success', detail: { deliveries: asked } }, deps);
    }
    const dueAt = new Date(deps.clock.nowMs() + limits.forgeReconcileMs).toISOString();
    await enqueueJob(tx, 'forge.reconcile', job.payload, deps.ids, dueAt);
    await completeJob(tx, job);
  });
}

// One attempt of each delivery that no attempt of has arrived; what arrived and failed here is the job's own to retry.
async function findLost(deps: ForgeJobDeps, job: RunningJob<'forge.reconcile'>, forge: AppForge): Promise<readonly number[]> {
  const since = new Date(deps.clock.nowMs() - limits.forgeRedeliveryMs).toISOString();
  const listed = await forge.deliveries(since);
  if (!listed.ok) return [];
  const arrived = new Set(listed.value.filter(({ statusCode }) => statusCode >= 200 && statusCode < 300).map(({ guid }) => guid));
  const failed = new Map(listed.value.filter(({ guid }) => !arrived.has(guid)).map(({ guid, id }) => [guid, id]));
  const taken = await deps.tenancy.withTenantOnce(contextOf(job), 'forge.reconcile', (tx) =>
    findGuids(tx, job.payload.forgeAppId, [...failed.keys()]),
  );
  return [...failed].flatMap(([guid, id]) => (taken.has(guid) ? [] : [id])).slice(0, limits.forgeRedeliveriesMax);
}
