import { z } from 'zod';
import { instantSchema, scanIdSchema, type listScans as route, type ScanView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { cutPage, openCursor, sealCursor, type Call, type CursorInvalid, type Page } from '@lib/platform/http';
import type { ScanDeps } from '../scan-deps.ts';
import { findScans } from '../scan.store.ts';

const positionSchema = z.tuple([instantSchema, scanIdSchema]);

/** Lists scans, newest first. Errors: `http.cursor_invalid`. */
export async function listScans(
  deps: ScanDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<Page<ScanView>, CursorInvalid>> {
  const { cursor, limit, repositoryId, state } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listScans', filters: { repositoryId, state } };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: positionSchema });
  if (!position.ok) return position;
  const after = position.value === undefined ? undefined : { createdAt: position.value[0], id: position.value[1] };
  const rows = await deps.tenancy.withTenantOnce(caller, 'list scans', (tx) => findScans(tx, { after, repositoryId, state, limit }));
  const cursorAfter = (row: ScanView): string => sealCursor(deps.cursorKey, scope, [row.createdAt, row.id]);
  return ok(cutPage(rows, limit, { item: (row) => row, cursorAfter }));
}
