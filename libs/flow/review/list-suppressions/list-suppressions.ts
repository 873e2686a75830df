import { z } from 'zod';
import { instantSchema, suppressionIdSchema, type listSuppressions as route, type SuppressionView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import { cutPage, openCursor, sealCursor, type Call, type CursorInvalid, type Page } from '@lib/platform/http';
import type { ReviewDeps } from '../review-deps.ts';
import { findSuppressions } from '../suppression.store.ts';

const positionSchema = z.tuple([instantSchema, suppressionIdSchema]);

/** Lists claims, newest first; the reasons are people's words, so the reading is an event. Errors: `http.cursor_invalid`. */
export async function listSuppressions(
  deps: ReviewDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<Page<SuppressionView>, CursorInvalid>> {
  const { cursor, limit, standing } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listSuppressions', filters: { standing } };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: positionSchema });
  if (!position.ok) return position;
  const before = position.value === undefined ? undefined : { signedAt: position.value[0], id: position.value[1] };
  const claims = await recordRead(deps, caller, {
    purpose: 'list claims',
    read: (tx) => findSuppressions(tx, { standing }, { before, limit }),
    draft: () => ({ action: 'suppressions.listed', targets: [], detail: { limit, ...(standing === undefined ? {} : { standing }) } }),
  });
  const cursorAfter = (claim: SuppressionView): string => sealCursor(deps.cursorKey, scope, [claim.signedAt, claim.id]);
  return ok(cutPage(claims, limit, { item: (claim) => claim, cursorAfter }));
}
