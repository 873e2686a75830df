import { z } from 'zod';
import { findingIdSchema, listFindings as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import type { Row } from '@lib/guard/tenancy';
import { checkAnswer, cutPage, openCursor, sealCursor, type Call, type Caller, type CursorInvalid } from '@lib/platform/http';
import type { ReviewDeps } from '../review-deps.ts';
import { findByPath, findWorst } from '../review.store.ts';

const scorePositionSchema = z.tuple([z.int(), findingIdSchema]);
const pathPositionSchema = z.tuple([findingIdSchema]);
const placeSchema = z.object({ id: findingIdSchema, score: z.int() });
const { schema } = route.answers[200];

/** A page of findings and how many there are under the same filter. */
export type FindingsPage = z.output<typeof schema>;
type Query = Call<typeof route>['query'];

/** Lists findings, worst first or by path. Errors: `http.cursor_invalid`. */
export function listFindings(
  deps: ReviewDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<FindingsPage, CursorInvalid>> {
  return query.sort === 'path' ? listByPath(deps, caller, query) : listWorst(deps, caller, query);
}

async function listWorst(deps: ReviewDeps, caller: Caller, query: Query): Promise<Result<FindingsPage, CursorInvalid>> {
  const { cursor, limit, ...filters } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listFindings', filters };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: scorePositionSchema });
  if (!position.ok) return position;
  const after = position.value === undefined ? undefined : { score: position.value[0], id: position.value[1] };
  const { total, rows } = await deps.tenancy.withTenantOnce(caller, 'list findings', (tx) => findWorst(tx, filters, { after, limit }));
  const cursorAfter = (row: Row): string => {
    const { score, id } = placeSchema.parse(row);
    return sealCursor(deps.cursorKey, scope, [score, id]);
  };
  return ok(checkAnswer(schema, { ...cutPage(rows, limit, { item: (row) => row, cursorAfter }), total }));
}

async function listByPath(deps: ReviewDeps, caller: Caller, query: Query): Promise<Result<FindingsPage, CursorInvalid>> {
  const { cursor, limit, ...filters } = query;
  const scope = { tenantId: caller.tenantId, operation: 'listFindings', filters };
  const position = openCursor(deps.cursorKey, scope, { cursor, position: pathPositionSchema });
  if (!position.ok) return position;
  const after = position.value?.[0];
  const { total, rows } = await deps.tenancy.withTenantOnce(caller, 'list findings', (tx) => findByPath(tx, filters, { after, limit }));
  const cursorAfter = (row: Row): string => sealCursor(deps.cursorKey, scope, [placeSchema.parse(row).id]);
  return ok(checkAnswer(schema, { ...cutPage(rows, limit, { item: (row) => row, cursorAfter }), total }));
}
