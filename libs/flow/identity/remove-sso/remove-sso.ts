import type { removeSso as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { IdentityDeps } from '../identity-deps.ts';
import { deleteSsoProvider, replaceSsoDomains } from '../sso.store.ts';

/** There is no provider. */
export type SsoNotConfigured = { readonly code: 'sso.not_configured' };

/** From then on nobody signs in at the provider. Members stay, and so do groups that stand for a role. Errors: `sso.not_configured`. */
export function removeSso(
  deps: IdentityDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<undefined, SsoNotConfigured>> {
  return deps.tenancy.withTenant(caller, 'remove the provider', async (tx) => {
    const id = await deleteSsoProvider(tx);
    if (id === undefined) return err({ code: 'sso.not_configured' });
    await replaceSsoDomains(tx, []);
    await recordAudit(tx, { action: 'sso.removed', targets: [{ type: 'sso_provider', id }], outcome: 'success' }, deps);
    return ok(undefined);
  });
}
