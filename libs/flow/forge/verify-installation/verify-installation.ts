import { forgeManifests, type ForgeRightsView, type verifyInstallation as route } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { err, ok, type Result } from '@lib/kernel';
import type { ForgeRight, ForgeRights } from '@lib/platform/forge';
import type { Call } from '@lib/platform/http';
import { findInstallationToTry } from '../forge.store.ts';
import type { ForgeDeps } from '../forge-deps.ts';

/** Why there is nothing to show. */
export type VerifyRefused = {
  readonly code: 'forge.installation_not_found' | 'forge.nothing_to_try' | 'forge.not_let_in';
};

/**
 * Shows what an installation may do by trying it, with a token that holds all that it grants. What the forge answered is what the caller
 * sees, and a line of the audit log says how it came out. Errors: see `VerifyRefused`. Faults: `forge.unavailable`, `forge.rate_limited`.
 */
export async function verifyInstallation(
  deps: ForgeDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<ForgeRightsView, VerifyRefused>> {
  const { tenantId } = caller;
  const found = await deps.tenancy.withTenantOnce(caller, 'find an installation', (tx) => findInstallationToTry(tx, params));
  if (found === undefined) return err({ code: 'forge.installation_not_found' });
  const { app, externalId: installation, repository } = found;
  if (!found.active || repository === undefined) return err({ code: 'forge.nothing_to_try' });
  const rights = await deps.forge.tryRights({ tenantId, ...app }, { installation, repository });
  if (!rights.ok) return err({ code: 'forge.not_let_in' });
  const view = judge(forgeManifests[app.kind].permissions, repository.fullName, rights.value);
  await deps.tenancy.withTenant(caller, 'record what an installation may do', (tx) => {
    const targets = [{ type: 'installation', id: params.installationId }];
    const detail = { possible: view.tried.filter(({ possible }) => possible).length, excess: view.excess.length };
    return recordAudit(tx, { action: 'forge.rights_tried', targets, outcome: view.asAsked ? 'success' : 'failure', detail }, deps);
  });
  return ok(view);
}

type Permissions = Readonly<Record<string, string>>;

function judge(manifest: Permissions, repositoryName: string, { granted, tried }: ForgeRights): ForgeRightsView {
  const excess = Object.entries(granted)
    .filter(([permission, access]) => !allows(manifest, { permission, access: access === 'read' ? 'read' : 'write' }))
    .map(([permission, access]) => `${permission}: ${access}`);
  const seen = tried.map((right) => ({ ...right, asked: allows(manifest, right) }));
  return { repositoryName, asAsked: excess.length === 0 && seen.every(({ asked, possible }) => asked === possible), excess, tried: seen };
}

function allows(manifest: Permissions, { permission, access }: Pick<ForgeRight, 'permission' | 'access'>): boolean {
  const asked = manifest[permission];
  return asked !== undefined && (access === 'read' || asked === 'write');
}
