import { ciTrustIdSchema, limits, type CiTrustView, type createCiTrust as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import { findCiTrustRows, insertCiTrust } from '../ci-trust.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';

/** Why nothing more is trusted. */
export type CiTrustRefused = { readonly code: 'repository.not_found' | 'ci.too_many' };

/** Trusts workflows of one repository of a forge with one repository here. Errors: `CiTrustRefused`. */
export function createCiTrust(
  deps: IdentityDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<CiTrustView, CiTrustRefused>> {
  const trust = { ...body, id: ciTrustIdSchema.parse(deps.ids.uuid()), createdAt: new Date(deps.clock.nowMs()).toISOString() };
  return deps.tenancy.withTenant(caller, 'trust workflows', async (tx) => {
    if ((await findCiTrustRows(tx)).length >= limits.ciTrustsMax) return err({ code: 'ci.too_many' });
    if (!(await insertCiTrust(tx, trust))) return err({ code: 'repository.not_found' });
    const targets = [
      { type: 'ci_trust', id: trust.id },
      { type: 'repository', id: trust.repositoryId },
    ];
    const detail = { host: new URL(trust.issuer).host, minutes: trust.minutes };
    await recordAudit(tx, { action: 'ci.trust_created', targets, outcome: 'success', detail }, deps);
    await keepAnswer(tx, slot, { status: 201, value: trust });
    return ok(trust);
  });
}
