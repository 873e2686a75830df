import type { MemberId, TenantId, TenantPass } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import type { CallerClient } from '@lib/platform/http';
import type { IdentityDeps } from './identity-deps.ts';
import { isSsoRequired } from './sso.store.ts';
import { findMember } from './member.store.ts';

/** The company lets its members in at its provider alone. */
export type SsoNeeded = { readonly code: 'sso.needed' };

/** Who is about to be signed in by something else than the provider. */
export type OtherArrival = {
  readonly tenantId: TenantId;
  readonly pass: TenantPass;
  readonly memberId: MemberId | null;
  readonly client: CallerClient;
  readonly requestId: string;
};

/**
 * Answers `sso.needed` for a member who has to sign in at the provider, and writes that down. Owners may always come in otherwise: a
 * provider that is away, or was set up wrongly, must not shut a company out of its own.
 */
export async function refuseBesideSso(deps: IdentityDeps, { memberId, ...arrival }: OtherArrival): Promise<SsoNeeded | undefined> {
  if (memberId === null) return undefined;
  const context = { ...arrival, actor: { type: 'member', id: memberId } } as const;
  return deps.tenancy.withTenant(context, 'sign in', async (tx) => {
    const [isRequired, member] = await Promise.all([isSsoRequired(tx), findMember(tx, memberId)]);
    if (!isRequired || member?.role === 'owner') return undefined;
    const targets = [{ type: 'member', id: memberId }];
    await recordAudit(tx, { action: 'sso.refused', targets, outcome: 'denied', detail: { reason: 'not_at_the_provider' } }, deps);
    return { code: 'sso.needed' };
  });
}
