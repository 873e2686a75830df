import { z } from 'zod';
import { jobIdSchema, type JobView, type listJobs as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { selectJobs } from '@lib/guard/jobs';
import { cutPage, openCursor, sealCursor, type Call, type CursorInvalid, type Page } from '@lib/platform/http';
import type { ScanDeps } from '../scan-deps.ts';

const positionSchema = z.tuple([jobIdSchema]);

/** Lists jobs by state, newest first; the reading is an event. Errors: `http.cursor_invalid`. */
export async function listJobs(
  deps: ScanDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<Page<JobView>, CursorInvalid>> {
  const { cursor, limit, state } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listJobs', filters: { state } };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: positionSchema });
  if (!position.ok) return position;
  const before = position.value?.[0];
  const rows = await recordRead(deps, caller, {
    purpose: 'list jobs',
    read: (tx) => selectJobs(tx, { state, before, limit: limit + 1 }),
    draft: () => ({ action: 'jobs.listed', targets: [], detail: { limit } }),
  });
  return ok(cutPage(rows, limit, { item: (row) => row, cursorAfter: (row) => sealCursor(deps.cursorKey, scope, [row.id]) }));
}
