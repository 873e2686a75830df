import { rm } from 'node:fs/promises';
import type { ScanId } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import { archivePlace, endScan, findScanWork, moveScan, scanFolder, tellForge, type ScanEnd, type ScanMove } from '@lib/guard/scans';
import type { TenantContext, Tenancy, TenantTx } from '@lib/guard/tenancy';
import { err, type Clock, type Ids, type Result } from '@lib/kernel';
import { sealSource, type SealedSource, type SealSourceDeps, type SealSourceError } from './seal-source.ts';

export type SealDeps = SealSourceDeps & {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
};

/**
 * Turns a scan's source into a sealed tree in the scan's folder and hands over to `scan.analyze`.
 * A source that cannot be had, or is refused, ends the scan as failed with its code and is removed where it was an upload; a fault of ours is thrown, and the job is tried again from nothing.
 */
export async function sealScan(deps: SealDeps, job: RunningJob<'ingest.seal'>): Promise<void> {
  const { scanId } = job.payload;
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const work = await deps.tenancy.withTenant(context, 'ingest.seal', async (tx) => {
    const found = await findScanWork(tx, scanId);
    if (found !== undefined && (await moveScan(tx, scanId, { stage: 'ingest' }))) {
      // a second attempt is no second start
      if (found.state === 'queued')
        await recordAudit(tx, { action: 'scan.started', targets: [{ type: 'scan', id: scanId }], outcome: 'success' }, deps);
      return found;
    }
    await completeJob(tx, job); // the scan has ended meanwhile
    return undefined;
  });
  if (work === undefined) return;
  const folder = scanFolder(deps.workDirectory, job.payload);
  await rm(folder.root, { recursive: true, force: true });
  const { source } = work;
  const sealed: Result<SealedSource, SealSourceError> =
    source === null
      ? err({ code: 'ingest.archive_missing' })
      : await sealSource(deps, { tenantId: job.tenantId, source, target: folder.tree, signal: job.signal });
  job.signal.throwIfAborted();
  await deps.tenancy.withTenant(context, 'ingest.seal', async (tx) => {
    if (!sealed.ok) {
      await tellEscape(deps, tx, { scanId, error: sealed.error });
      await endScan(deps, tx, { scanId, state: 'failed', errorCode: sealed.error.code, ...missingOf(sealed.error) });
    } else if (await moveScan(tx, scanId, moveOf(sealed.value))) {
      const detail = { files: sealed.value.files, bytes: sealed.value.bytes, treeSha256: sealed.value.sha256 };
      await recordAudit(tx, { action: 'scan.sealed', targets: [{ type: 'scan', id: scanId }], outcome: 'success', detail }, deps);
      await enqueueJob(tx, 'scan.analyze', job.payload, deps.ids);
      await tellForge(deps, tx, scanId);
    }
    await completeJob(tx, job);
  });
  if (!sealed.ok) await rm(folder.root, { recursive: true, force: true });
  if (source?.kind === 'archive') {
    await rm(archivePlace(deps.workDirectory, { tenantId: job.tenantId, archiveId: source.archiveId }), { force: true });
  }
}

function moveOf({ files, sha256, commit }: SealedSource): ScanMove {
  return { stage: 'ingest', filesTotal: files, treeSha256: sha256, ...(commit === undefined ? {} : { commitId: commit }) };
}

function missingOf(error: SealSourceError): Pick<ScanEnd, 'missingLayers'> {
  return 'missing' in error ? { missingLayers: error.missing } : {};
}

type Failed = { readonly scanId: ScanId; readonly error: SealSourceError };

// An unpacker that tried to get out is told like an analyzer that did.
async function tellEscape(deps: SealDeps, tx: TenantTx, { scanId, error }: Failed): Promise<void> {
  if (error.code !== 'ingest.archive_unpacker_escaped') return;
  await recordAudit(tx, { action: 'sandbox.escape_attempt', targets: [{ type: 'scan', id: scanId }], outcome: 'denied' }, deps);
}
