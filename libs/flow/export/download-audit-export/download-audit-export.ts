import type { downloadAuditExport as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Call, FileAnswer } from '@lib/platform/http';
import { joinBundle } from '../bundle/join-bundle.ts';
import type { ExportDeps } from '../export-deps.ts';
import { findExport, listParts } from '../export.store.ts';
import { stretchesOf } from '../run-export/stretches-of.ts';

/**
 * Gives the archive out, part by part; each is opened under the tenant's key as it is sent. The download is an event, committed before
 * the first byte leaves. Errors: `export.not_found`, `export.not_ready`.
 */
export async function downloadAuditExport(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<FileAnswer, { readonly code: 'export.not_found' | 'export.not_ready' }>> {
  const { exportId } = params;
  return deps.tenancy.withTenant(caller, 'download an export', async (tx) => {
    const row = await findExport(tx, exportId);
    if (row === undefined) return err({ code: 'export.not_found' });
    if (row.state !== 'ready') return err({ code: 'export.not_ready' });
    const parts = await listParts(tx, exportId);
    await recordAudit(tx, { action: 'audit.downloaded', targets: [{ type: 'export', id: exportId }], outcome: 'success' }, deps);
    const stretches = stretchesOf(deps, caller.tenantId, parts);
    return ok({
      name: `aegis-audit-${String(row.size)}.tar`,
      parts: joinBundle(stretches, row.plan.createdAtMs),
    });
  });
}
