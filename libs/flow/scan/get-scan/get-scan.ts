import type { ScanDetailView, ScanId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { Caller } from '@lib/platform/http';
import type { ScanDeps, ScanNotFound } from '../scan-deps.ts';
import { findScan, findScanMore } from '../scan.store.ts';

/** Reads one scan with its certificate, counts and evidence heads. Errors: `scan.not_found`. */
export function getScan(deps: ScanDeps, caller: Caller, scanId: ScanId): Promise<Result<ScanDetailView, ScanNotFound>> {
  return deps.tenancy.withTenant(caller, 'show a scan', async (tx) => {
    const [scan, more] = await Promise.all([findScan(tx, scanId), findScanMore(tx, scanId)]);
    return scan === undefined || more === undefined ? err({ code: 'scan.not_found' }) : ok({ ...scan, ...more });
  });
}
