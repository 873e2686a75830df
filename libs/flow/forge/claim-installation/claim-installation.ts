import { installationIdSchema, type claimInstallation as route, type InstallationView } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import type { Call } from '@lib/platform/http';
import { claimForTenant, findApp, upsertInstallation } from '../forge.store.ts';
import type { ForgeDeps } from '../forge-deps.ts';

/** Why it is not ours. */
export type ClaimRefused = { readonly code: 'forge.app_not_found' | 'forge.installation_not_found' | 'forge.installation_claimed' };

/**
 * Binds an installation to the tenant. A number in an address proves nothing: the forge must say, asked under the App's own key, that it
 * is an installation of it; that key is the tenant's alone. What another tenant holds stays there, for good.
 * Errors: see `ClaimRefused`. Source: CWE-639.
 */
export async function claimInstallation(
  deps: ForgeDeps,
  { caller, params, body }: Pick<Call<typeof route>, 'caller' | 'params' | 'body'>,
): Promise<Result<InstallationView, ClaimRefused>> {
  const { tenantId } = caller;
  const app = await deps.tenancy.withTenantOnce(caller, 'find an App', (tx) => findApp(tx, params.forgeAppId));
  if (app === undefined) return err({ code: 'forge.app_not_found' });
  const found = await deps.forge.asApp({ tenantId, ...app }).installation(body.installation);
  if (!found.ok) return err({ code: 'forge.installation_not_found' });
  const { id: externalId, account, suspended } = found.value;
  const id = installationIdSchema.parse(deps.ids.uuid());
  return deps.tenancy.withTenant(caller, 'claim an installation', async (tx) => {
    if (!(await claimForTenant(tx, app.apiUrl, externalId))) {
      const targets = [{ type: 'forge_app', id: app.appId }];
      await recordAudit(tx, { action: 'forge.installation_claimed', targets, outcome: 'denied', detail: { externalId } }, deps);
      return err({ code: 'forge.installation_claimed' });
    }
    const state = suspended ? 'suspended' : 'active';
    const made = await upsertInstallation(tx, { id, appId: app.appId, externalId, account: account.login, state });
    const targets = [{ type: 'installation', id: made.id }];
    await recordAudit(tx, { action: 'forge.installation_claimed', targets, outcome: 'success', detail: { externalId } }, deps);
    await enqueueJob(tx, 'forge.sync', { tenantId, installationId: made.id }, deps.ids);
    return ok({ ...made, repositories: 0 });
  });
}
