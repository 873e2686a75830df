import { deliveryIdSchema, installationIdSchema, type AppLeavingView, type restoreForgeApp as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import type { Call } from '@lib/platform/http';
import type { ForgeDeps } from '../forge-deps.ts';
import { findApp } from '../forge.store.ts';
import { findAppLeaving, findAppWork, undoAppLeaving } from '../leaving.store.ts';

/** Why an App does not come back. */
export type AppStaysAway = { readonly code: 'forge.app_not_found' | 'forge.app_not_leaving' };

/**
 * Brings an App back whose time is not over, by the database's clock. Deliveries that nobody has handled and what the App gives are looked
 * at again, and those that were refused meanwhile are asked for. Errors: `AppStaysAway`.
 */
export function restoreForgeApp(
  deps: ForgeDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<AppLeavingView, AppStaysAway>> {
  const [{ tenantId }, { forgeAppId }] = [caller, params];
  return deps.tenancy.withTenant(caller, 'bring an App back', async (tx) => {
    if (!(await undoAppLeaving(tx, forgeAppId))) {
      const known = (await findApp(tx, forgeAppId)) ?? (await findAppLeaving(tx, forgeAppId));
      return err({ code: known === undefined ? 'forge.app_not_found' : 'forge.app_not_leaving' });
    }
    const { deliveries, installations } = await findAppWork(tx, forgeAppId);
    for (const id of deliveries) await enqueueJob(tx, 'forge.handle', { tenantId, deliveryId: deliveryIdSchema.parse(id) }, deps.ids);
    for (const id of installations)
      await enqueueJob(tx, 'forge.sync', { tenantId, installationId: installationIdSchema.parse(id) }, deps.ids);
    await enqueueJob(tx, 'forge.reconcile', { tenantId, forgeAppId }, deps.ids);
    const targets = [{ type: 'forge_app', id: forgeAppId }];
    await recordAudit(tx, { action: 'forge.app_restored', targets, outcome: 'success' }, deps);
    const value = { id: forgeAppId, state: 'active', leavesAt: null } as const;
    await keepAnswer(tx, slot, { status: 200, value });
    return ok(value);
  });
}
