import { z } from 'zod';
import { repositoryIdSchema, type RepositoryView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Caller, type CursorInvalid, type Page } from '@lib/platform/http';
import type { ConnectDeps } from '../connect-deps.ts';
import { findRepositories } from '../connect.store.ts';

const positionSchema = z.tuple([repositoryIdSchema]);

/** Lists repositories by name; the reading is an event. Errors: `http.cursor_invalid`. */
export async function listRepositories(
  deps: ConnectDeps,
  caller: Caller,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Result<Page<RepositoryView>, CursorInvalid>> {
  const scope = { tenantId: caller.tenantId, operation: 'listRepositories', filters: {} };
  const position = openCursor(deps.cursorKey, scope, { cursor: query.cursor, position: positionSchema });
  if (!position.ok) return position;
  const rows = await recordRead(deps, caller, {
    purpose: 'list repositories',
    read: (tx) => findRepositories(tx, position.value?.[0], query.limit),
    draft: () => ({ action: 'repositories.listed', targets: [], detail: { limit: query.limit } }),
  });
  const cursorAfter = (row: RepositoryView): string => sealCursor(deps.cursorKey, scope, [row.id]);
  return ok(cutPage(rows, query.limit, { item: (row) => row, cursorAfter }));
}
