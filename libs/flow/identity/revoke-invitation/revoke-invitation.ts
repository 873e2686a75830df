import type { InvitationId } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { endInvitation } from '../invitation.store.ts';

/** There is no such invitation, or it is another tenant's. */
export type InvitationNotFound = { readonly code: 'invitation.not_found' };

/** Takes an invitation back; its secret opens nothing from then on. Errors: `invitation.not_found`. */
export function revokeInvitation(deps: IdentityDeps, caller: Caller, id: InvitationId): Promise<Result<undefined, InvitationNotFound>> {
  return deps.tenancy.withTenant(caller, 'take an invitation back', async (tx) => {
    const { known, ended } = await endInvitation(tx, id);
    if (!known) return err({ code: 'invitation.not_found' });
    const targets = [{ type: 'invitation', id }];
    if (ended) await recordAudit(tx, { action: 'invitation.revoked', targets, outcome: 'success' }, deps);
    return ok(undefined);
  });
}
