import { recordAudit, verifyAuditLog, type AuditVerdict } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Re-derives the whole log from the bytes of its entries and compares it with the signed checkpoint. That it was done is an event. */
export async function verifyAudit(deps: ExportDeps, caller: Caller): Promise<AuditVerdict> {
  const verdict = await verifyAuditLog({ tenancy: deps.tenancy, keys: deps.logKeys }, caller);
  const detail = { size: verdict.size, ok: verdict.ok, ...(verdict.reason === null ? {} : { reason: verdict.reason }) };
  await deps.tenancy.withTenant(caller, 'verify the audit log', (tx) =>
    recordAudit(tx, { action: 'audit.verified', targets: [], outcome: verdict.ok ? 'success' : 'failure', detail }, deps),
  );
  return verdict;
}
