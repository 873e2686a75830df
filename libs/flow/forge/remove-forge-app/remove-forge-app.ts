import type { AppLeavingView, removeForgeApp as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { cancelJobsNaming, enqueueJob } from '@lib/guard/jobs';
import { stopScans } from '@lib/guard/scans';
import type { Call } from '@lib/platform/http';
import type { ForgeDeps } from '../forge-deps.ts';
import { beginAppLeaving, findIdsOfApp, findScansOfApp } from '../leaving.store.ts';

/**
 * Lets an App go, softly: from the commit on no delivery of it is taken and no token is minted with its key; scans of what it gives and its
 * jobs are cancelled. The job that makes it final is in the same transaction and due in five minutes by the database's clock.
 * Errors: `forge.app_not_found`, also when it is another tenant's, or leaving already.
 */
export function removeForgeApp(
  deps: ForgeDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<AppLeavingView, { readonly code: 'forge.app_not_found' }>> {
  const { forgeAppId } = params;
  return deps.tenancy.withTenant(caller, 'let an App go', async (tx) => {
    const scans = await findScansOfApp(tx, forgeAppId);
    const leavesAt = await beginAppLeaving(tx, forgeAppId);
    if (leavesAt === undefined) return err({ code: 'forge.app_not_found' });
    await stopScans(deps, tx, scans);
    const jobs = await cancelJobsNaming(tx, forgeKinds, await findIdsOfApp(tx, forgeAppId));
    await enqueueJob(tx, 'forge.leave', { tenantId: caller.tenantId, forgeAppId }, deps.ids, leavesAt);
    const targets = [{ type: 'forge_app', id: forgeAppId }];
    await recordAudit(tx, { action: 'forge.app_leaving', targets, outcome: 'success', detail: { scans: scans.length, jobs } }, deps);
    const value = { id: forgeAppId, state: 'leaving', leavesAt } as const;
    await keepAnswer(tx, slot, { status: 202, value });
    return ok(value);
  });
}

const forgeKinds = ['forge.handle', 'forge.sync', 'forge.report', 'forge.reconcile'] as const;
