import { z } from 'zod';
import { instantSchema, mailIdSchema, type MailView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Caller, type CursorInvalid, type Page } from '@lib/platform/http';
import type { MailDeps } from '../mail-deps.ts';
import { listMailRows } from '../mail.store.ts';

const positionSchema = z.tuple([instantSchema, mailIdSchema]);

/** Messages to members, newest first; the reading is an event. Errors: `http.cursor_invalid`. */
export async function listMails(
  deps: MailDeps,
  caller: Caller,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<Result<Page<MailView>, CursorInvalid>> {
  const scope = { tenantId: caller.tenantId, operation: 'listMails', filters: {} };
  const position = openCursor(deps.cursorKey, scope, { cursor: query.cursor, position: positionSchema });
  if (!position.ok) return position;
  const after = position.value === undefined ? undefined : { createdAt: position.value[0], id: position.value[1] };
  const rows = await recordRead(deps, caller, {
    purpose: 'list messages to members',
    read: (tx) => listMailRows(tx, query.limit + 1, after),
    draft: () => ({ action: 'mails.listed', targets: [], detail: { limit: query.limit } }),
  });
  const cursorAfter = (row: MailView): string => sealCursor(deps.cursorKey, scope, [row.createdAt, row.id]);
  return ok(cutPage(rows, query.limit, { item: (row) => row, cursorAfter }));
}
