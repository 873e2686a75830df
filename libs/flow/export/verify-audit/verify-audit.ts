import { verifyAuditLog, type AuditVerdict } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Re-derives the whole log from the bytes of its entries and compares it with the signed checkpoint. */
export function verifyAudit(deps: ExportDeps, caller: Caller): Promise<AuditVerdict> {
  return verifyAuditLog({ tenancy: deps.tenancy, keys: deps.logKeys }, caller);
}
