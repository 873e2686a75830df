import { scanIdSchema, type ArchiveId, type createScan as route, type RepositoryId, type ScanView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import { openScan } from '@lib/guard/scans';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call } from '@lib/platform/http';
import type { ScanDeps } from '../scan-deps.ts';
import { findSourceKind, insertScan, updateArchiveClaimed } from '../scan.store.ts';

/** There is no such repository or archive (or it is another tenant's), or one is needed. */
export type ScanRefused = { readonly code: 'repository.not_found' | 'archive.not_found' | 'scan.archive_needed' };

/**
 * Asks for a scan. The scan, its first event, its first job and the audit event are one transaction: whoever is told 202 has all of them.
 * An archive is claimed by it, so that no other scan can have it. Errors: `repository.not_found`, `archive.not_found`, `scan.archive_needed`.
 */
export function createScan(
  deps: ScanDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<ScanView, ScanRefused>> {
  const scanId = scanIdSchema.parse(deps.ids.uuid());
  const { repositoryId, archiveId, options } = body;
  const requestedBy = `${caller.actor.type}:${caller.actor.id}`;
  const targets = [
    { type: 'scan', id: scanId },
    { type: 'repository', id: repositoryId },
  ];
  return deps.tenancy.withTenant(caller, 'ask for a scan', async (tx) => {
    const refused = await refusalOf(tx, repositoryId, archiveId);
    if (refused !== undefined) return err({ code: refused });
    const scan = await insertScan(tx, { id: scanId, repositoryId, archiveId, options, requestedBy });
    if (scan === undefined) return err({ code: 'repository.not_found' });
    await Promise.all([
      openScan(tx, scanId),
      enqueueJob(tx, 'ingest.seal', { tenantId: caller.tenantId, scanId }, deps.ids),
      recordAudit(tx, { action: 'scan.requested', targets, outcome: 'success' }, deps),
      keepAnswer(tx, slot, { status: 202, value: scan }),
    ]);
    return ok(scan);
  });
}

async function refusalOf(
  tx: TenantTx,
  repositoryId: RepositoryId,
  archiveId: ArchiveId | undefined,
): Promise<ScanRefused['code'] | undefined> {
  const kind = await findSourceKind(tx, repositoryId);
  if (kind === undefined) return 'repository.not_found';
  if (archiveId === undefined) return kind === 'archive' ? 'scan.archive_needed' : undefined;
  return (await updateArchiveClaimed(tx, repositoryId, archiveId)) ? undefined : 'archive.not_found';
}
