import type { ScanView, cancelScan as route } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { keepAnswer } from '@lib/guard/idempotency';
import { cancelJobs } from '@lib/guard/jobs';
import { endScan } from '@lib/guard/scans';
import type { Call } from '@lib/platform/http';
import type { ScanDeps, ScanNotFound } from '../scan-deps.ts';
import { findScan, updateCancelRequested } from '../scan.store.ts';

/** The scan has reached its end, whichever. */
export type ScanAlreadyEnded = { readonly code: 'scan.already_ended' };

/**
 * Cancels a scan that has not ended. Its open jobs are cancelled in the same transaction: what waits never runs, and what runs is
 * stopped and can no longer write anything, so the scan ends here and now. The scan's row is taken before its jobs, as handlers do.
 * Errors: `scan.not_found`, `scan.already_ended`.
 */
export function cancelScan(
  deps: ScanDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<ScanView, ScanNotFound | ScanAlreadyEnded>> {
  const { scanId } = params;
  return deps.tenancy.withTenant(caller, 'cancel a scan', async (tx) => {
    const { known, live } = await updateCancelRequested(tx, scanId);
    if (!known) return err({ code: 'scan.not_found' });
    if (!live) return err({ code: 'scan.already_ended' });
    const [, , found] = await Promise.all([
      endScan(deps, tx, { scanId, state: 'cancelled' }),
      cancelJobs(tx, { scanId }),
      findScan(tx, scanId),
    ]);
    const scan = present(found, 'the scan that was just cancelled');
    await keepAnswer(tx, slot, { status: 202, value: scan });
    return ok(scan);
  });
}
