import { scanIdSchema, type createScan as route, type ScanView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import { openScan } from '@lib/guard/scans';
import type { Call } from '@lib/platform/http';
import type { ScanDeps } from '../scan-deps.ts';
import { insertScan } from '../scan.store.ts';

/** There is no such repository, or it is another tenant's. */
export type RepositoryNotFound = { readonly code: 'repository.not_found' };

/**
 * Asks for a scan. The scan, its first event, its first job and the audit event are one transaction: whoever is told 202 has all of them.
 * Errors: `repository.not_found`.
 */
export function createScan(
  deps: ScanDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<ScanView, RepositoryNotFound>> {
  const scanId = scanIdSchema.parse(deps.ids.uuid());
  const { repositoryId, options } = body;
  const requestedBy = `${caller.actor.type}:${caller.actor.id}`;
  const targets = [
    { type: 'scan', id: scanId },
    { type: 'repository', id: repositoryId },
  ];
  return deps.tenancy.withTenant(caller, 'ask for a scan', async (tx) => {
    const scan = await insertScan(tx, { id: scanId, repositoryId, options, requestedBy });
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
