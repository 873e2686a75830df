import type { removeCiTrust as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import { deleteCiTrust } from '../ci-trust.store.ts';
import type { IdentityDeps } from '../identity-deps.ts';

/** Trusts these workflows no more. Errors: `ci.trust_not_found`. */
export function removeCiTrust(
  deps: IdentityDeps,
  { caller, params: { ciTrustId: id } }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, { readonly code: 'ci.trust_not_found' }>> {
  return deps.tenancy.withTenant(caller, 'trust workflows no more', async (tx) => {
    if (!(await deleteCiTrust(tx, id))) return err({ code: 'ci.trust_not_found' });
    await recordAudit(tx, { action: 'ci.trust_removed', targets: [{ type: 'ci_trust', id }], outcome: 'success' }, deps);
    return ok(undefined);
  });
}
