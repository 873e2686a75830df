import type { ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { appendScanEvent } from './scan-life.store.ts';

/** Writes the first event of a scan that was just asked for, in the transaction that wrote its row. */
export function openScan(tx: TenantTx, scanId: ScanId): Promise<void> {
  return appendScanEvent(tx, scanId, { stage: 'queued', state: 'queued', filesTotal: 0, filesDone: 0, findingCount: 0 });
}
