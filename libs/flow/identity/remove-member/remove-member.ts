import { limits, mayChangeRole, type MemberView, type removeMember as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { beginLeaving, endSessionsOfMember } from '../leaving.store.ts';
import { lockMember, lockOwners } from '../member.store.ts';

/** Why a member stays. */
export type MemberStays = { readonly code: 'member.not_found' | 'member.last_owner' | 'member.role_too_high' };

/**
 * Lets a member go, softly: from the commit on no session, token, code or passkey of theirs opens anything. The job that makes it final
 * is in the same transaction and due in five minutes by the database's clock. Errors: `MemberStays`.
 */
export function removeMember(
  deps: IdentityDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<MemberView, MemberStays>> {
  const { memberId } = params;
  return deps.tenancy.withTenant(caller, 'remove a member', async (tx) => {
    const owners = await lockOwners(tx, limits.ownersLockedMax);
    const member = await lockMember(tx, memberId);
    if (member?.state !== 'active') return err({ code: 'member.not_found' });
    if (!mayChangeRole(caller.member?.role ?? 'admin', member.role, 'auditor')) return err({ code: 'member.role_too_high' });
    if (owners.every((id) => id === memberId)) return err({ code: 'member.last_owner' });
    const leavesAt = await beginLeaving(tx, memberId);
    await endSessionsOfMember(tx, memberId);
    await enqueueJob(tx, 'member.leave', { tenantId: caller.tenantId, memberId }, deps.ids, leavesAt);
    await recordAudit(tx, { action: 'member.leaving', targets: [{ type: 'member', id: memberId }], outcome: 'success' }, deps);
    const leaving = { ...member, state: 'leaving', leavesAt } as const;
    await keepAnswer(tx, slot, { status: 202, value: leaving });
    return ok(leaving);
  });
}
