import { z } from 'zod';
import { elevationIdSchema, instantSchema, type ElevationView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Caller, type CursorInvalid, type Page } from '@lib/platform/http';
import type { AccessDeps } from '../access-deps.ts';
import { listElevationRows } from '../elevation.store.ts';

const positionSchema = z.tuple([instantSchema, elevationIdSchema]);

/** Who of staff asked to reach this tenant, newest first; the reading is an event. Errors: `http.cursor_invalid`. */
export async function listElevations(
  deps: AccessDeps,
  caller: Caller,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Result<Page<ElevationView>, CursorInvalid>> {
  const scope = { tenantId: caller.tenantId, operation: 'listElevations', filters: {} };
  const position = openCursor(deps.cursorKey, scope, { cursor: query.cursor, position: positionSchema });
  if (!position.ok) return position;
  const after = position.value === undefined ? undefined : { createdAt: position.value[0], id: position.value[1] };
  const rows = await recordRead(deps, caller, {
    purpose: 'list operator access',
    read: (tx) => listElevationRows(tx, query.limit + 1, after),
    draft: () => ({ action: 'operator.access_listed', targets: [], detail: { limit: query.limit } }),
  });
  const cursorAfter = (row: ElevationView): string => sealCursor(deps.cursorKey, scope, [row.createdAt, row.id]);
  return ok(cutPage(rows, query.limit, { item: (row) => row, cursorAfter }));
}
