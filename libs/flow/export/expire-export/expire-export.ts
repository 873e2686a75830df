import { limits, type ExportId, type TenantId } from '@lib/contract';
import { Fault, type Clock, type Ids } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { ObjectKeeper } from '@lib/platform/objects';
import { deleteParts, findExportEnd } from '../export.store.ts';
import { exportPrefix } from '../run-export/seal-part.ts';

export type ExpireExportDeps = {
  readonly tenancy: Tenancy;
  readonly keeper: Pick<ObjectKeeper, 'list' | 'remove'>;
  readonly clock: Clock;
  readonly ids: Ids;
};

/**
 * Clears away what was stored for an export whose time is over or that was given up, what interrupted attempts left included. By the
 * database's clock: a job that comes too early comes again. The objects go first: while a row names a part, somebody still looks for it.
 * Faults: `export.part_kept` when the store does not let go; the job is tried again.
 */
export async function expireExport(deps: ExpireExportDeps, job: RunningJob<'export.expire'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const { exportId } = job.payload;
  const end = await deps.tenancy.withTenantOnce(context, 'export.expire', (tx) => findExportEnd(tx, exportId));
  if (end?.isOver !== true) {
    return deps.tenancy.withTenant(context, 'export.expire', async (tx) => {
      if (end?.expiresAt !== undefined) await enqueueJob(tx, 'export.expire', job.payload, deps.ids, end.expiresAt);
      await completeJob(tx, job);
    });
  }
  const objects = await removeObjects(deps.keeper, { tenantId: job.tenantId, exportId, signal: job.signal });
  await deps.tenancy.withTenant(context, 'export.expire', async (tx) => {
    await deleteParts(tx, exportId);
    const targets = [{ type: 'export', id: exportId }];
    await recordAudit(tx, { action: 'audit.export_removed', targets, outcome: 'success', detail: { objects } }, deps);
    await completeJob(tx, job);
  });
}

type Of = { readonly tenantId: TenantId; readonly exportId: ExportId; readonly signal: AbortSignal };

/** Answers how many there were. */
async function removeObjects(keeper: ExpireExportDeps['keeper'], { tenantId, exportId, signal }: Of): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await keeper.list({ prefix: exportPrefix(tenantId, exportId), cursor, itemsMax: limits.objectListMax });
    for (const { key, version } of page.items) {
      const removed = await keeper.remove({ key, version, sha256: '' });
      if (!removed.ok && removed.error.code !== 'objects.absent')
        throw new Fault('export.part_kept', { internal: `\`${key}\`: ${removed.error.code}` });
      count += 1;
      signal.throwIfAborted();
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return count;
}
