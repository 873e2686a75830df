import { z } from 'zod';
import type { AuditEntryView, listAuditEntries as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { listAuditEntries as readEntries, recordAudit } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Call, type CursorInvalid, type Page } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

const positionSchema = z.tuple([z.int().min(0)]);

/** Lists the audit log, newest first. Reading it is an event of the log, in the same transaction. Errors: `http.cursor_invalid`. */
export async function listAuditEntries(
  deps: ExportDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<Page<AuditEntryView>, CursorInvalid>> {
  const { cursor, limit } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listAuditEntries', filters: {} };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: positionSchema });
  if (!position.ok) return position;
  const before = position.value?.[0];
  const [, rows] = await deps.tenancy.withTenant(caller, 'read the audit log', (tx) =>
    Promise.all([
      recordAudit(tx, { action: 'audit.listed', targets: [], outcome: 'success', detail: { limit } }, deps),
      readEntries(tx, { before, limit: limit + 1 }),
    ]),
  );
  return ok(cutPage(rows, limit, { item: (row) => row, cursorAfter: (row) => sealCursor(deps.cursorKey, scope, [row.index]) }));
}
