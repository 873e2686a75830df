import type { ElevationId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { AccessDeps, ElevationNotFound } from '../access-deps.ts';
import { agreeToElevationRow, isElevation } from '../elevation.store.ts';

/** Why it does not go on. */
export type NotAgreed = ElevationNotFound | { readonly code: 'presence.person_needed' };

/**
 * Agrees, for the tenant, to an elevation that waits for its people. A person does, signed in: a token that was stolen must not let its
 * thief's accomplice in. Where staff have agreed already it begins in this transaction, and the database writes that down.
 * Errors: `NotAgreed`; `elevation.not_found` of one that waits for nobody here as well.
 */
export function agreeToElevation(deps: AccessDeps, caller: Caller, elevationId: ElevationId): Promise<Result<undefined, NotAgreed>> {
  return deps.tenancy.withTenant(caller, 'agree to operator access', async (tx) => {
    if (!(await isElevation(tx, elevationId))) return err({ code: 'elevation.not_found' });
    if (caller.actor.type !== 'member') return err({ code: 'presence.person_needed' });
    if (!(await agreeToElevationRow(tx, elevationId, caller.actor.id))) return err({ code: 'elevation.not_found' });
    const targets = [{ type: 'elevation', id: elevationId }];
    await recordAudit(tx, { action: 'operator.agreed', targets, outcome: 'success' }, deps);
    return ok(undefined);
  });
}
