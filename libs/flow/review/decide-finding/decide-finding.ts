import { findingSchema, type decideFinding as route, type FindingView } from '@lib/contract';
import { err, ok, present, type Result } from '@lib/kernel';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import { findRecorded } from '../finding-detail.store.ts';
import { recordDecisions } from '../record-decisions.ts';
import type { FindingNotFound, ReviewDeps } from '../review-deps.ts';

/** A scan looked and did not find it any more. */
export type FindingFixed = { readonly code: 'finding.fixed' };

/** A claim that a person signed keeps it quiet, and is ended as a whole. */
export type FindingSuppressed = { readonly code: 'finding.suppressed' };

/**
 * Decides where one finding stands. Saying again what stands already changes nothing and is no error.
 * Errors: `finding.not_found`, `finding.fixed`, `finding.suppressed`.
 */
export function decideFinding(
  deps: ReviewDeps,
  { caller, params, body, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'body' | 'slot'>,
): Promise<Result<FindingView, FindingNotFound | FindingFixed | FindingSuppressed>> {
  const { findingId } = params;
  return deps.tenancy.withTenant(caller, 'decide about a finding', async (tx) => {
    const decision = { state: body.state, comment: body.comment };
    const [asked] = await recordDecisions(deps, tx, { ids: [findingId], decision });
    if (asked === undefined) return err({ code: 'finding.not_found' });
    if (asked.fromState === 'fixed') return err({ code: 'finding.fixed' });
    if (asked.fromState === 'accepted_risk' || asked.fromState === 'false_positive') return err({ code: 'finding.suppressed' });
    const { finding } = present(await findRecorded(tx, findingId), 'the finding that is held');
    const view = findingSchema.parse(finding);
    await keepAnswer(tx, slot, { status: 200, value: view });
    return ok(view);
  });
}
