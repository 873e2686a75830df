import type { ElevationId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { AccessDeps, ElevationNotFound } from '../access-deps.ts';
import { revokeElevationRow } from '../elevation.store.ts';

/**
 * Ends an elevation, or refuses one that waits. From the commit on the policies of the database show staff no further row, in a
 * transaction that is open too. Errors: `elevation.not_found`, of one that is over as well.
 */
export function revokeElevation(deps: AccessDeps, caller: Caller, elevationId: ElevationId): Promise<Result<undefined, ElevationNotFound>> {
  return deps.tenancy.withTenant(caller, 'revoke operator access', async (tx) => {
    const before = await revokeElevationRow(tx, elevationId);
    if (before === undefined) return err({ code: 'elevation.not_found' });
    const targets = [{ type: 'elevation', id: elevationId }];
    await recordAudit(tx, { action: 'operator.revoked', targets, outcome: 'success', detail: { before } }, deps);
    return ok(undefined);
  });
}
