import type { AuditExportView } from '@lib/contract';
import type { ExportRow } from './export.store.ts';

/** An export as the API shows it. */
export function viewOf(row: ExportRow): AuditExportView {
  return {
    id: row.id,
    state: row.state,
    filter: row.plan.filter,
    views: row.plan.views,
    size: row.size,
    done: row.done,
    matched: row.matched,
    bytes: row.bytes,
    errorCode: row.error_code,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
  };
}
