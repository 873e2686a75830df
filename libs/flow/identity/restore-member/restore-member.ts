import { mayChangeRole, type MemberView, type restoreMember as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { undoLeaving } from '../leaving.store.ts';
import { lockMember } from '../member.store.ts';

/** Why nobody comes back. */
export type NotRestored = { readonly code: 'member.not_found' | 'member.role_too_high' | 'member.not_leaving' };

/**
 * Brings back a member within the five minutes: role, passkeys and tokens are as they were; sessions that were ended stay ended.
 * Errors: `NotRestored`.
 */
export function restoreMember(
  deps: IdentityDeps,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<MemberView, NotRestored>> {
  const { memberId } = params;
  return deps.tenancy.withTenant(caller, 'bring a member back', async (tx) => {
    const member = await lockMember(tx, memberId);
    if (member === undefined) return err({ code: 'member.not_found' });
    if (!mayChangeRole(caller.member?.role ?? 'admin', member.role, 'auditor')) return err({ code: 'member.role_too_high' });
    if (!(await undoLeaving(tx, memberId))) return err({ code: 'member.not_leaving' });
    await recordAudit(tx, { action: 'member.restored', targets: [{ type: 'member', id: memberId }], outcome: 'success' }, deps);
    const restored = { ...member, state: 'active', leavesAt: null } as const;
    await keepAnswer(tx, slot, { status: 200, value: restored });
    return ok(restored);
  });
}
