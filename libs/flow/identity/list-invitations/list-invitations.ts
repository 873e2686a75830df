import type { InvitationView } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { recordRead } from '@lib/guard/audit';
import type { Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { findInvitations } from '../invitation.store.ts';

/** Lists the invitations that wait; the reading is an event. */
export async function listInvitations(deps: IdentityDeps, caller: Caller): Promise<Result<{ readonly items: InvitationView[] }, never>> {
  const items = await recordRead(deps, caller, {
    purpose: 'list invitations',
    read: findInvitations,
    draft: () => ({ action: 'invitations.listed', targets: [] }),
  });
  return ok({ items: [...items] });
}
