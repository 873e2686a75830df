import type { AuditExportView, getAuditExport as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';
import { viewOf } from '../export-view.ts';
import { findExport } from '../export.store.ts';

/** Says how far an export is. Errors: `export.not_found`, also when it is another tenant's or its time is over. */
export async function getAuditExport(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<AuditExportView, { readonly code: 'export.not_found' }>> {
  const row = await deps.tenancy.withTenantOnce(caller, 'show an export', (tx) => findExport(tx, params.exportId));
  return row === undefined ? err({ code: 'export.not_found' }) : ok(viewOf(row));
}
