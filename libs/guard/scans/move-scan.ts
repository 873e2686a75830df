import type { AnalyzerName, ScanId, ScanStage } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { appendScanEvent, updateLiveScan, type ScanFigures } from './scan-life.store.ts';

/** A step forward of a live scan. */
export type ScanMove = ScanFigures & { readonly stage: Exclude<ScanStage, 'queued' | 'done'>; readonly analyzer?: AnalyzerName };

/** Moves a live scan to a stage, or reports progress within it. Answers false when the scan has ended: the caller stops. */
export async function moveScan(tx: TenantTx, scanId: ScanId, move: ScanMove): Promise<boolean> {
  const { analyzer, ...change } = move;
  const progress = await updateLiveScan(tx, scanId, { ...change, state: 'running' });
  if (progress === undefined) return false;
  await appendScanEvent(tx, scanId, analyzer === undefined ? progress : { ...progress, analyzer });
  return true;
}
