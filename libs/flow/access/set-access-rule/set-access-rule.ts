import type { setAccessRule as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { AccessDeps } from '../access-deps.ts';
import { saveAccessRule } from '../elevation.store.ts';

/**
 * Demands a person of the tenant's own for each elevation that has not begun yet, or no longer. A person does, signed in.
 * Errors: `presence.person_needed` for a token.
 */
export async function setAccessRule(
  deps: AccessDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<{ readonly ownApproval: boolean }, { readonly code: 'presence.person_needed' }>> {
  if (caller.actor.type !== 'member') return err({ code: 'presence.person_needed' });
  return deps.tenancy.withTenant(caller, 'set the rule of operator access', async (tx) => {
    await saveAccessRule(tx, body.ownApproval);
    await recordAudit(
      tx,
      { action: 'operator.rule_changed', targets: [], outcome: 'success', detail: { ownApproval: body.ownApproval } },
      deps,
    );
    const value = { ownApproval: body.ownApproval };
    await keepAnswer(tx, slot, { status: 200, value });
    return ok(value);
  });
}
