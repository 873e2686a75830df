import { exportIdSchema, type AuditExportView, type createAuditExport as route } from '@lib/contract';
import { formatTrustPolicy, formatVerifierKey } from '@lib/engine/tlog';
import { err, ok, type Result } from '@lib/kernel';
import { findAuditHead, logVerifierKey, recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';
import { viewOf } from '../export-view.ts';
import { insertExport } from '../export.store.ts';

/**
 * Asks for an export of the log as it stands now. What it will hold is fixed here; export, job, audit event and kept answer are one
 * transaction. Errors: `export.log_empty` before the first checkpoint.
 */
export async function createAuditExport(
  deps: ExportDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<AuditExportView, { readonly code: 'export.log_empty' }>> {
  const key = await logVerifierKey(deps.logKeys, caller.tenantId);
  const id = exportIdSchema.parse(deps.ids.uuid());
  return deps.tenancy.withTenant(caller, 'ask for an export', async (tx) => {
    const head = await findAuditHead(tx);
    if (head === undefined) return err({ code: 'export.log_empty' });
    const plan = {
      ...body,
      origin: key.name,
      size: head.size,
      checkpoint: head.checkpoint,
      verifierKey: formatVerifierKey(key),
      policy: formatTrustPolicy(key),
      pending: head.pending,
      createdAtMs: deps.clock.nowMs(),
    };
    const view = viewOf(await insertExport(tx, id, plan));
    const detail = { size: head.size, views: body.views.join(' '), filtered: Object.keys(body.filter).length > 0 };
    await Promise.all([
      enqueueJob(tx, 'export.bundle', { tenantId: caller.tenantId, exportId: id }, deps.ids),
      recordAudit(tx, { action: 'audit.exported', targets: [{ type: 'export', id }], outcome: 'success', detail }, deps),
      keepAnswer(tx, slot, { status: 202, value: view }),
    ]);
    return ok(view);
  });
}
