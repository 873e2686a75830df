import type { getSuppression as route, SignedSuppressionView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ReviewDeps, SuppressionNotFound } from '../review-deps.ts';
import { findSuppression } from '../suppression.store.ts';

/** Shows a claim with its signature; the reading is an event. Errors: `suppression.not_found`. */
export async function getSuppression(
  deps: ReviewDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<SignedSuppressionView, SuppressionNotFound>> {
  const { suppressionId } = params;
  const found = await recordRead(deps, caller, {
    purpose: 'show a claim',
    read: (tx) => findSuppression(tx, suppressionId),
    draft: (claim) =>
      claim === undefined ? undefined : { action: 'suppression.read', targets: [{ type: 'suppression', id: suppressionId }] },
  });
  return found === undefined ? err({ code: 'suppression.not_found' }) : ok(found);
}
