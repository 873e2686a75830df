import type { decideFindings as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import { recordDecisions } from '../record-decisions.ts';
import type { FindingNotFound, ReviewDeps } from '../review-deps.ts';
import { countFindings } from '../triage.store.ts';

/** The person confirmed another number than was sent. */
export type CountDiffers = { readonly code: 'finding.count_differs' };
type Outcome = { readonly changed: number; readonly unchanged: number };

/**
 * Decides about many findings in one transaction: one that does not exist, and nothing is changed. What was fixed meanwhile stays fixed.
 * Errors: `finding.count_differs`, `finding.not_found`.
 */
export async function decideFindings(
  deps: ReviewDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<Outcome, FindingNotFound | CountDiffers>> {
  const ids = [...new Set(body.findingIds)];
  if (body.count !== ids.length) return err({ code: 'finding.count_differs' });
  return deps.tenancy.withTenant(caller, 'decide about findings', async (tx) => {
    if ((await countFindings(tx, ids)) !== ids.length) return err({ code: 'finding.not_found' });
    const asked = await recordDecisions(deps, tx, { ids, decision: { state: body.state, comment: body.comment } });
    const changed = asked.filter((finding) => finding.changed).length;
    const outcome = { changed, unchanged: asked.length - changed };
    await keepAnswer(tx, slot, { status: 200, value: outcome });
    return ok(outcome);
  });
}
