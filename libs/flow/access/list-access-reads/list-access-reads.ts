import { limits, type ElevationId, type StaffRead } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { AccessDeps, ElevationNotFound } from '../access-deps.ts';
import { isElevation, listStaffReads } from '../elevation.store.ts';

/** What was read by an elevation, newest first; the reading of that is an event too. Errors: `elevation.not_found`. */
export function listAccessReads(
  deps: AccessDeps,
  caller: Caller,
  elevationId: ElevationId,
): Promise<Result<{ readonly items: StaffRead[] }, ElevationNotFound>> {
  return deps.tenancy.withTenant(caller, 'list what staff read', async (tx) => {
    const [known, items] = await Promise.all([isElevation(tx, elevationId), listStaffReads(tx, elevationId, limits.staffReadsListedMax)]);
    if (!known) return err({ code: 'elevation.not_found' });
    const detail = { limit: limits.staffReadsListedMax };
    await recordAudit(tx, { action: 'operator.access_listed', targets: [], outcome: 'success', detail }, deps);
    return ok({ items: [...items] });
  });
}
