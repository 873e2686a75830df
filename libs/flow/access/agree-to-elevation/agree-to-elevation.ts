import type { ElevationId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { AccessDeps, ElevationNotFound } from '../access-deps.ts';
import { agreeToElevationRow } from '../elevation.store.ts';

/**
 * Agrees, for the tenant, to an elevation that waits for its people. Where staff have agreed already it begins in this transaction, and
 * the database writes that down. Errors: `elevation.not_found`, of one that waits for nobody here as well.
 */
export function agreeToElevation(
  deps: AccessDeps,
  caller: Caller,
  elevationId: ElevationId,
): Promise<Result<undefined, ElevationNotFound>> {
  return deps.tenancy.withTenant(caller, 'agree to operator access', async (tx) => {
    const agreed = await agreeToElevationRow(tx, elevationId, caller.actor.id);
    if (!agreed) return err({ code: 'elevation.not_found' });
    const targets = [{ type: 'elevation', id: elevationId }];
    await recordAudit(tx, { action: 'operator.agreed', targets, outcome: 'success' }, deps);
    return ok(undefined);
  });
}
