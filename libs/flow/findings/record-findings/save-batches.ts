import { limits, type EvidenceRef, type FindingId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { proposeFindings, saveFindings, saveSightings, touchFindings, type ScanOf } from '../findings.store.ts';
import { renewToolSightings, saveToolSightings, type ToolSightingRow } from '../tool-sightings.store.ts';
import type { FindingRow } from './finding-row.ts';

/** What is written of one draft. Rows are made when their batch is sent, not before. */
export type SavedSighting = {
  readonly findingId: FindingId;
  readonly toolSightingId?: string;
  readonly evidence: EvidenceRef;
  /** The finding as this draft tells it; undefined where another one does. The first draft of a finding that is new MUST tell it. */
  readonly row: FindingRow | undefined;
  /** What the tool says, or the id of what it has said before in the same words; undefined in a scan that moves nothing. */
  readonly report: ToolSightingRow | string | undefined;
};

export type ScanSightings = { readonly count: number; readonly at: (index: number) => SavedSighting };

/** `side`: a scan that moves no finding. */
type RecordedScan = ScanOf & { readonly side?: boolean };

/**
 * Writes what one scan saw, `limits.findingsPerStatementMax` drafts a statement. The next batch is on its way before the answer to this one
 * is read, so that the server does not wait for us: two batches in memory, never more.
 * Errors: those of the statements; the transaction is then lost.
 */
export async function saveBatches(tx: TenantTx, scan: RecordedScan, sightings: ScanSightings): Promise<void> {
  let before: Promise<unknown> = Promise.resolve();
  for (let start = 0; start < sightings.count; start += limits.findingsPerStatementMax) {
    const length = Math.min(limits.findingsPerStatementMax, sightings.count - start);
    const batch = Array.from({ length }, (_, index) => sightings.at(start + index));
    const sent = heard(sendBatch(tx, scan, batch));
    await before;
    before = sent;
  }
  await before;
}

async function sendBatch(tx: TenantTx, scan: RecordedScan, batch: readonly SavedSighting[]): Promise<void> {
  const rows = batch.flatMap(({ row }) => row ?? []);
  const told = new Set(rows.map(({ id }) => id));
  const reports = batch.flatMap(({ report }) => (typeof report === 'object' ? [report] : []));
  const renewed = batch.flatMap(({ report }) => (typeof report === 'string' ? [report] : []));
  const touched = [...new Set(batch.map(({ findingId }) => findingId))].filter((id) => !told.has(id));
  await Promise.all(
    [
      ...(rows.length === 0 ? [] : [(scan.side === true ? proposeFindings : saveFindings)(tx, scan, rows)]),
      ...(scan.side === true || touched.length === 0 ? [] : [touchFindings(tx, scan, touched)]),
      ...(reports.length === 0 ? [] : [saveToolSightings(tx, scan, reports)]),
      ...(renewed.length === 0 ? [] : [renewToolSightings(tx, scan, renewed)]),
      saveSightings(tx, scan.scanId, batch),
    ].map(heard),
  );
}

// When the statement before it fails, nobody waits for this one any more; the first failure is the one to report.
function heard<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => undefined);
  return answer;
}
