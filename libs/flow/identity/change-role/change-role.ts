import { limits, mayChangeRole, type changeRole as route, type MemberId, type MemberView, type Role } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Call, Caller } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { lockMember, lockOwners, updateRole } from '../member.store.ts';

/** Why a role stays as it is. */
export type RoleKept = { readonly code: 'member.not_found' | 'member.last_owner' | 'member.role_too_high' };

/**
 * Gives a member another role. It counts from the next request of each of that member's credentials, and the event is in the same
 * transaction. Errors: `member.not_found`, `member.last_owner`, `member.role_too_high`.
 */
export function changeRole(
  deps: IdentityDeps,
  { caller, params, body, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'body' | 'slot'>,
): Promise<Result<MemberView, RoleKept>> {
  return deps.tenancy.withTenant(caller, 'change a role', async (tx) => {
    const owners = await lockOwners(tx, limits.ownersLockedMax);
    const member = await lockMember(tx, params.memberId);
    if (member?.state !== 'active') return err({ code: 'member.not_found' });
    const refusal = whyNot(caller, member, { to: body.role, owners });
    if (refusal !== undefined) return err({ code: refusal });
    const changed = { ...member, role: body.role };
    if (member.role !== body.role) await change(tx, { member, role: body.role }, deps);
    await keepAnswer(tx, slot, { status: 200, value: changed });
    return ok(changed);
  });
}

function whyNot(
  caller: Caller,
  member: MemberView,
  { to, owners }: { readonly to: Role; readonly owners: readonly MemberId[] },
): RoleKept['code'] | undefined {
  // what belongs to the tenant itself and reaches as far as `admin` is as much as an admin
  if (!mayChangeRole(caller.member?.role ?? 'admin', member.role, to)) return 'member.role_too_high';
  return member.role === 'owner' && to !== 'owner' && owners.every((id) => id === member.id) ? 'member.last_owner' : undefined;
}

async function change(tx: TenantTx, { member, role }: { readonly member: MemberView; readonly role: Role }, deps: IdentityDeps) {
  const targets = [{ type: 'member', id: member.id }];
  const detail = { from: member.role, to: role };
  await Promise.all([
    updateRole(tx, member.id, role),
    recordAudit(tx, { action: 'member.role_changed', targets, outcome: 'success', detail }, deps),
  ]);
}
