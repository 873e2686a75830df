import { rm } from 'node:fs/promises';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import { endScan, findScanWork, moveScan, scanFolder } from '@lib/guard/scans';
import type { TenantContext, Tenancy } from '@lib/guard/tenancy';
import type { Clock, Ids } from '@lib/kernel';
import { sealFolder } from '../seal-folder/seal-folder.ts';

export type SealDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids; readonly workDirectory: string };

/**
 * Turns a scan's source into a sealed tree in the scan's folder and hands over to `scan.analyze`.
 * A source that cannot be read ends the scan as failed with its code; a fault of ours is thrown, and the job is tried again from nothing.
 */
export async function sealScan(deps: SealDeps, job: RunningJob<'ingest.seal'>): Promise<void> {
  const { scanId } = job.payload;
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id } };
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
  const sealed = await sealFolder({ source: work.source.path, target: folder.tree, signal: job.signal });
  job.signal.throwIfAborted();
  await deps.tenancy.withTenant(context, 'ingest.seal', async (tx) => {
    if (!sealed.ok) {
      await endScan(deps, tx, { scanId, state: 'failed', errorCode: sealed.error.code });
    } else if (await moveScan(tx, scanId, { stage: 'ingest', filesTotal: sealed.value.files, treeSha256: sealed.value.sha256 })) {
      const detail = { files: sealed.value.files, bytes: sealed.value.bytes, treeSha256: sealed.value.sha256 };
      await recordAudit(tx, { action: 'scan.sealed', targets: [{ type: 'scan', id: scanId }], outcome: 'success', detail }, deps);
      await enqueueJob(tx, 'scan.analyze', job.payload, deps.ids);
    }
    await completeJob(tx, job);
  });
  if (!sealed.ok) await rm(folder.root, { recursive: true, force: true });
}
