import type { commentFinding as route, FindingActView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { FindingNotFound, ReviewDeps } from '../review-deps.ts';
import { insertComment } from '../triage.store.ts';

/** Says something about a finding. What was said is in the history, that it was said in the audit log. Errors: `finding.not_found`. */
export function commentFinding(
  deps: ReviewDeps,
  { caller, params, body, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'body' | 'slot'>,
): Promise<Result<FindingActView, FindingNotFound>> {
  const { findingId } = params;
  return deps.tenancy.withTenant(caller, 'comment on a finding', async (tx) => {
    const act = await insertComment(tx, findingId, body.comment);
    if (act === undefined) return err({ code: 'finding.not_found' });
    await Promise.all([
      recordAudit(tx, { action: 'finding.commented', targets: [{ type: 'finding', id: findingId }], outcome: 'success' }, deps),
      keepAnswer(tx, slot, { status: 201, value: act }),
    ]);
    return ok(act);
  });
}
