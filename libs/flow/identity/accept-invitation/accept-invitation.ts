import { mayChangeRole, memberIdSchema, type InvitationId, type MemberId, type Role } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { hashSecret, isSecret, type CallerClient } from '@lib/platform/http';
import { beginSession, type StartedSession } from '../begin-session.ts';
import type { IdentityDeps } from '../identity-deps.ts';
import { revokeCredentials } from '../identity.store.ts';
import { isMemberAddress, lockInvitation, spendInvitation } from '../invitation.store.ts';
import { insertMember } from '../member.store.ts';
import { isSsoRequired } from '../sso.store.ts';

/** What somebody who was invited says. `email` in lower case. */
export type Acceptance = {
  readonly secret: string;
  readonly email: string;
  readonly name: string;
  readonly client: CallerClient;
  readonly requestId: string;
};

/** The invitation is not valid (any more), or not for that address; somebody of that address is a member; members come in at a provider. */
export type NotAccepted = { readonly code: 'identity.code_invalid' | 'member.exists' | 'sso.needed' };

/**
 * Makes a member of somebody who was invited, and signs them in: a passkey is what they add next. Works once, also for two at once, and
 * only while whoever invited them may still give that role. A wrong secret and a wrong address look alike, and spend nothing.
 * Errors: `NotAccepted`.
 */
export async function acceptInvitation(deps: IdentityDeps, said: Acceptance): Promise<Result<StartedSession, NotAccepted>> {
  const opened = isSecret(said.secret) ? await deps.identity.openInvitation(hashSecret(said.secret), said.email) : undefined;
  if (opened === undefined) return err({ code: 'identity.code_invalid' });
  const { tenantId, invitationId, pass } = opened;
  const memberId = memberIdSchema.parse(deps.ids.uuid());
  const context = { tenantId, actor: { type: 'member', id: memberId }, requestId: said.requestId, client: said.client, pass } as const;
  const refusal = await deps.tenancy.withTenant(context, 'accept an invitation', (tx) =>
    join(tx, { invitationId, memberId, name: said.name }, deps),
  );
  if (refusal !== undefined) return err({ code: refusal });
  const { client, requestId } = said;
  const arrival = {
    tenantId,
    pass,
    memberId,
    scope: 'admin',
    tokenId: null,
    expiresMs: Infinity,
    by: 'invitation',
    client,
    requestId,
  } as const;
  return ok(await beginSession(deps, arrival));
}

type Joining = { readonly invitationId: InvitationId; readonly memberId: MemberId; readonly name: string };

async function join(tx: TenantTx, { invitationId, memberId, name }: Joining, deps: IdentityDeps): Promise<NotAccepted['code'] | undefined> {
  const invitation = await lockInvitation(tx, invitationId);
  if (invitation === undefined || !mayStillInvite(invitation)) return 'identity.code_invalid';
  const { email, role } = invitation;
  if (role !== 'owner' && (await isSsoRequired(tx))) return 'sso.needed';
  if (await isMemberAddress(tx, email)) return 'member.exists';
  const targets = [
    { type: 'member', id: memberId },
    { type: 'invitation', id: invitationId },
  ];
  await insertMember(tx, { id: memberId, name, email, role });
  await spendInvitation(tx, invitationId, memberId);
  await revokeCredentials(tx, invitationId);
  await recordAudit(tx, { action: 'member.added', targets, outcome: 'success', detail: { role } }, deps);
  return undefined;
}

/** Whoever was made less since, or has left, has no guests. */
function mayStillInvite(invitation: {
  readonly role: Role;
  readonly by: MemberId | null;
  readonly by_role: Role | null;
  readonly by_state: string | null;
}): boolean {
  if (invitation.by === null) return mayChangeRole('admin', 'auditor', invitation.role);
  return invitation.by_state === 'active' && invitation.by_role !== null && mayChangeRole(invitation.by_role, 'auditor', invitation.role);
}
