import type { endSuppression as route, SuppressionView } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { ReviewDeps, SuppressionNotFound } from '../review-deps.ts';
import { closeSuppression, findSuppression, lockSuppression } from '../suppression.store.ts';

/** The claim has ended before. */
export type SuppressionOver = { readonly code: 'suppression.over' };

/**
 * Ends a claim before its date. It hides nothing, so no signature is asked for, and a token may do it. Errors: `suppression.not_found`,
 * `suppression.over`.
 */
export function endSuppression(
  deps: ReviewDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<SuppressionView, SuppressionNotFound | SuppressionOver>> {
  const { suppressionId } = params;
  return deps.tenancy.withTenant(caller, 'end a claim', async (tx) => {
    const held = await lockSuppression(tx, suppressionId);
    if (held === undefined) return err({ code: 'suppression.not_found' });
    if (held.over || held.due) return err({ code: 'suppression.over' });
    const opened = await closeSuppression(tx, suppressionId);
    const targets = [{ type: 'suppression', id: suppressionId }];
    await recordAudit(tx, { action: 'suppression.ended', targets, outcome: 'success', detail: { findings: opened.length } }, deps);
    const view = present(await findSuppression(tx, suppressionId), 'the claim that is held');
    await keepAnswer(tx, slot, { status: 200, value: view });
    return ok(view);
  });
}
