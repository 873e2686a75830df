import { invitationIdSchema, limits, mayChangeRole, type inviteMember as route, type InvitationView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { hashSecret, makeSecret, type Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { insertCredential } from '../identity.store.ts';
import { findInvitations, insertInvitation, isMemberAddress } from '../invitation.store.ts';

/** Why nobody is invited. */
export type NotInvited = {
  readonly code: 'member.role_too_high' | 'member.exists' | 'invitation.exists' | 'invitation.too_many';
};

/**
 * Invites somebody by address to a role that the caller may give. The secret is handed over by the caller: it works once, for that
 * address alone, and for as long as the caller may still give the role. Errors: `NotInvited`.
 */
export async function inviteMember(
  deps: IdentityDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<InvitationView & { readonly secret: string }, NotInvited>> {
  if (!mayChangeRole(caller.member?.role ?? 'admin', 'auditor', body.role)) return err({ code: 'member.role_too_high' });
  const secret = makeSecret();
  const nowMs = deps.clock.nowMs();
  const invitation = {
    id: invitationIdSchema.parse(deps.ids.uuid()),
    email: body.email,
    role: body.role,
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: new Date(nowMs + limits.invitationMs).toISOString(),
  };
  const { id: subjectId, expiresAt } = invitation;
  const credential = { hash: hashSecret(secret), kind: 'invitation', subjectId, scope: 'read', expiresAt, memberId: null } as const;
  return deps.tenancy.withTenant(caller, 'invite a member', async (tx) => {
    if (await isMemberAddress(tx, body.email)) return err({ code: 'member.exists' });
    if ((await findInvitations(tx)).length >= limits.invitationsOpenMax) return err({ code: 'invitation.too_many' });
    if (!(await insertInvitation(tx, { ...invitation, invitedBy: caller.member?.id ?? null }))) return err({ code: 'invitation.exists' });
    const targets = [{ type: 'invitation', id: invitation.id }];
    await insertCredential(tx, credential);
    await recordAudit(tx, { action: 'member.invited', targets, outcome: 'success', detail: { role: body.role } }, deps);
    await keepAnswer(tx, slot, { status: 201 });
    return ok({ ...invitation, secret });
  });
}
