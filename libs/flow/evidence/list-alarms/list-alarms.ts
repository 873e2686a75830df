import { z } from 'zod';
import { alarmIdSchema, type AlarmView, type listAlarms as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { listAlarms as readAlarms } from '@lib/guard/evidence';
import { cutPage, openCursor, sealCursor, type Call, type CursorInvalid, type Page } from '@lib/platform/http';
import type { EvidenceDeps } from '../evidence-deps.ts';

const positionSchema = z.tuple([alarmIdSchema]);

/** Lists alarms, newest first; a reading that shows one is an event. Errors: `http.cursor_invalid`. */
export async function listAlarms(
  deps: EvidenceDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<Page<AlarmView>, CursorInvalid>> {
  const { cursor, limit, state } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listAlarms', filters: { state } };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: positionSchema });
  if (!position.ok) return position;
  const page = { open: state === 'open', before: position.value?.[0], limit };
  const rows = await recordRead(deps, caller, {
    purpose: 'list alarms',
    read: (tx) => readAlarms(tx, page),
    // the dashboard asks now and then, and an empty answer shows nothing
    draft: (alarms) => (alarms.length === 0 ? undefined : { action: 'alarms.listed', targets: [], detail: { limit, state } }),
  });
  return ok(cutPage(rows, limit, { item: (row) => row, cursorAfter: (row) => sealCursor(deps.cursorKey, scope, [row.id]) }));
}
