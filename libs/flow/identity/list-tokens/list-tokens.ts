import { z } from 'zod';
import { instantSchema, tokenIdSchema, type TokenView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Caller, type CursorInvalid, type Page } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findTokens } from '../identity.store.ts';

const positionSchema = z.tuple([instantSchema, tokenIdSchema]);

/** Lists API tokens, newest first; the reading is an event. Errors: `http.cursor_invalid`. */
export async function listTokens(
  deps: IdentityDeps,
  caller: Caller,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Result<Page<TokenView>, CursorInvalid>> {
  const scope = { tenantId: caller.tenantId, operation: 'listTokens', filters: {} };
  const position = openCursor(deps.cursorKey, scope, { cursor: query.cursor, position: positionSchema });
  if (!position.ok) return position;
  const after = position.value === undefined ? undefined : { createdAt: position.value[0], id: position.value[1] };
  const rows = await recordRead(deps, caller, {
    purpose: 'list API tokens',
    read: (tx) => findTokens(tx, after, query.limit),
    draft: () => ({ action: 'tokens.listed', targets: [], detail: { limit: query.limit } }),
  });
  const cursorAfter = (row: TokenView): string => sealCursor(deps.cursorKey, scope, [row.createdAt, row.id]);
  return ok(cutPage(rows, query.limit, { item: (row) => row, cursorAfter }));
}
