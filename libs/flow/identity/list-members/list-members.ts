import { z } from 'zod';
import { instantSchema, memberIdSchema, type MemberView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Caller, type CursorInvalid, type Page } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findMembers } from '../member.store.ts';

const positionSchema = z.tuple([instantSchema, memberIdSchema]);

/** Lists members, oldest first; the reading is an event. Errors: `http.cursor_invalid`. */
export async function listMembers(
  deps: IdentityDeps,
  caller: Caller,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Result<Page<MemberView>, CursorInvalid>> {
  const scope = { tenantId: caller.tenantId, operation: 'listMembers', filters: {} };
  const position = openCursor(deps.cursorKey, scope, { cursor: query.cursor, position: positionSchema });
  if (!position.ok) return position;
  const after = position.value === undefined ? undefined : { createdAt: position.value[0], id: position.value[1] };
  const rows = await recordRead(deps, caller, {
    purpose: 'list members',
    read: (tx) => findMembers(tx, after, query.limit),
    draft: () => ({ action: 'members.listed', targets: [], detail: { limit: query.limit } }),
  });
  const cursorAfter = (row: MemberView): string => sealCursor(deps.cursorKey, scope, [row.createdAt, row.id]);
  return ok(cutPage(rows, query.limit, { item: (row) => row, cursorAfter }));
}
