import type { ClosingView, keepTenant as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import type { Call } from '@lib/platform/http';
import type { ClosingDeps } from '../closing-deps.ts';
import { findForgeWork, undoClosing } from '../closing.store.ts';

/**
 * Keeps an account whose time is not over, by the database's clock: what could come in before can again, but for sessions that have ended.
 * What was cancelled stays so; deliveries that nobody has handled and what the forge gives are looked at again.
 * Errors: `tenant.not_closing`.
 */
export function keepTenant(
  deps: ClosingDeps,
  { caller, slot }: Pick<Call<typeof route>, 'caller' | 'slot'>,
): Promise<Result<ClosingView, { readonly code: 'tenant.not_closing' }>> {
  return deps.tenancy.withTenant(caller, 'keep the account', async (tx) => {
    if (!(await undoClosing(tx))) return err({ code: 'tenant.not_closing' });
    const { tenantId } = caller;
    const { deliveries, installations, apps } = await findForgeWork(tx);
    for (const deliveryId of deliveries) await enqueueJob(tx, 'forge.handle', { tenantId, deliveryId }, deps.ids);
    for (const installationId of installations) await enqueueJob(tx, 'forge.sync', { tenantId, installationId }, deps.ids);
    for (const forgeAppId of apps) await enqueueJob(tx, 'forge.reconcile', { tenantId, forgeAppId }, deps.ids);
    const targets = [{ type: 'tenant', id: tenantId }];
    await recordAudit(tx, { action: 'tenant.kept', targets, outcome: 'success' }, deps);
    const value = { state: 'open', closesAt: null } as const;
    await keepAnswer(tx, slot, { status: 200, value });
    return ok(value);
  });
}
