import { z } from 'zod';
import { findingActIdSchema, instantSchema, type FindingActView, type listFindingActs as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Call, type CursorInvalid, type Page } from '@lib/platform/http';
import type { FindingNotFound, ReviewDeps } from '../review-deps.ts';
import { findActs } from '../triage.store.ts';

const positionSchema = z.tuple([instantSchema, findingActIdSchema]);

/** Shows what happened to a finding, newest first; what people said is read, so the reading is an event. Errors: `finding.not_found`, `http.cursor_invalid`. */
export async function listFindingActs(
  deps: ReviewDeps,
  { caller, params, query }: Pick<Call<typeof route>, 'caller' | 'params' | 'query'>,
): Promise<Result<Page<FindingActView>, FindingNotFound | CursorInvalid>> {
  const { findingId } = params;
  const { cursor, limit } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listFindingActs', filters: { findingId } };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: positionSchema });
  if (!position.ok) return position;
  const before = position.value === undefined ? undefined : { at: position.value[0], id: position.value[1] };
  const acts = await recordRead(deps, caller, {
    purpose: "show a finding's history",
    read: (tx) => findActs(tx, findingId, { before, limit }),
    draft: (found) => (found === undefined ? undefined : { action: 'finding.history_read', targets: [{ type: 'finding', id: findingId }] }),
  });
  if (acts === undefined) return err({ code: 'finding.not_found' });
  return ok(cutPage(acts, limit, { item: (act) => act, cursorAfter: (act) => sealCursor(deps.cursorKey, scope, [act.at, act.id]) }));
}
