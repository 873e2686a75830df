import { limits, suppressedStates, type FindingId, type FindingState } from '@lib/contract';
import { recordAudit, type AuditDeps } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { updateDecided, type Asked, type Decision } from './triage.store.ts';

/** Decides about findings and writes down which were moved, in the transaction of the caller. Answers those that exist. */
export async function recordDecisions(
  deps: AuditDeps,
  tx: TenantTx,
  { ids, decision }: { readonly ids: readonly FindingId[]; readonly decision: Decision },
): Promise<readonly Asked[]> {
  const asked = await updateDecided(tx, ids, decision);
  const heard = asked.filter((finding) => finding.changed || (decision.comment !== undefined && !isSettled(finding.fromState)));
  for (let start = 0; start < heard.length; start += limits.auditTargetsMax) {
    const targets = heard.slice(start, start + limits.auditTargetsMax).map(({ id }) => ({ type: 'finding', id }));
    const detail = { state: decision.state, commented: decision.comment !== undefined };
    await recordAudit(tx, { action: 'finding.decided', targets, outcome: 'success', detail }, deps);
  }
  return asked;
}

/** Whether nothing can be decided: a scan says that it is gone, or a person's claim keeps it quiet. */
function isSettled(state: FindingState): boolean {
  return state === 'fixed' || suppressedStates.some((one) => one === state);
}
