import { limits, type EvidenceRef, type RepositoryId, type ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { present } from '@lib/kernel';
import { proposeFindings, saveFindings, saveSightings } from '../findings.store.ts';
import type { FindingRow } from './finding-row.ts';

/** The findings of one scan in their order: row and proof number `index`. Rows are made when their batch is sent, not before. */
export type ScanFindings = {
  readonly count: number;
  readonly rowAt: (index: number) => FindingRow;
  readonly evidenceAt: (index: number) => EvidenceRef;
};

/** `side`: a scan that moves no finding. */
type RecordedScan = { readonly repositoryId: RepositoryId; readonly scanId: ScanId; readonly side?: boolean };

/**
 * Writes findings and sightings of one scan, `limits.findingsPerStatementMax` a statement. The next batch is on its way before the answer
 * to this one is read, so that the server does not wait for us: two batches in memory, never more.
 * A fingerprint MUST occur once. Errors: those of the statements; the transaction is then lost.
 */
export async function saveBatches(tx: TenantTx, scan: RecordedScan, findings: ScanFindings): Promise<void> {
  let ahead = sendBatch(tx, scan, { findings, start: 0 });
  let sighted: Promise<void> = Promise.resolve();
  while (ahead !== undefined) {
    const batch: Batch = ahead;
    ahead = sendBatch(tx, scan, { findings, start: batch.start + batch.rows.length });
    const [ids] = await Promise.all([batch.saved, sighted]);
    const sightings = batch.rows.map(({ fingerprint }, index) => ({
      findingId: present(ids.get(fingerprint), 'a saved fingerprint'),
      evidence: findings.evidenceAt(batch.start + index),
    }));
    sighted = heard(saveSightings(tx, scan.scanId, sightings));
  }
  await sighted;
}

type Batch = { readonly start: number; readonly rows: readonly FindingRow[]; readonly saved: ReturnType<typeof saveFindings> };

function sendBatch(
  tx: TenantTx,
  scan: RecordedScan,
  { findings, start }: { readonly findings: ScanFindings; readonly start: number },
): Batch | undefined {
  const length = Math.min(limits.findingsPerStatementMax, findings.count - start);
  if (length <= 0) return undefined;
  const rows = Array.from({ length }, (_, index) => findings.rowAt(start + index));
  return { start, rows, saved: heard((scan.side === true ? proposeFindings : saveFindings)(tx, scan, rows)) };
}

// When the statement before it fails, nobody waits for this one any more; the first failure is the one to report.
function heard<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}
