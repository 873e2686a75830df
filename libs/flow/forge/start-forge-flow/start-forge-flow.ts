import { forgeAppIdSchema, forgeManifests, type ForgeFlowView, type ForgeKind, type startForgeFlow as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { hashSecret, makeSecret, type Call } from '@lib/platform/http';
import { hookAddress } from '../hook-address.ts';
import { insertFlow } from '../forge.store.ts';
import type { ForgeDeps } from '../forge-deps.ts';

/** Nobody outside can reach us, so the forge could not tell us anything. */
export type NoOrigin = { readonly code: 'forge.no_public_origin' };

/**
 * Begins to register an App from its manifest. The state that comes back with GitHub's redirect is a secret of this caller, good once and
 * for ten minutes; of it and of the hook's address the database keeps digests. Errors: `forge.no_public_origin`.
 * Source: GitHub, "Registering a GitHub App from a manifest"; RFC 9700, 4.7 (CSRF).
 */
export async function startForgeFlow(
  deps: ForgeDeps,
  { caller, body }: Pick<Call<typeof route>, 'caller' | 'body'>,
): Promise<Result<ForgeFlowView, NoOrigin>> {
  const { publicOrigin, webUrl } = deps.place;
  if (publicOrigin === undefined) return err({ code: 'forge.no_public_origin' });
  const [state, hook] = [makeSecret(), makeSecret()];
  const appId = forgeAppIdSchema.parse(deps.ids.uuid());
  await deps.tenancy.withTenant(caller, 'begin to register an App', async (tx) => {
    await insertFlow(tx, {
      stateSha256: hashSecret(state),
      hookSha256: hashSecret(hook),
      appId,
      kind: body.kind,
      startedBy: `${caller.actor.type}:${caller.actor.id}`,
    });
    const targets = [{ type: 'forge_app', id: appId }];
    await recordAudit(tx, { action: 'forge.flow_started', targets, outcome: 'success', detail: { kind: body.kind } }, deps);
  });
  const where = body.organization === undefined ? 'settings/apps/new' : `organizations/${body.organization}/settings/apps/new`;
  return ok({
    action: `${webUrl}/${where}?state=${encodeURIComponent(state)}`,
    manifest: JSON.stringify(manifestOf(body.kind, publicOrigin, hook)),
    state,
  });
}

function manifestOf(kind: ForgeKind, origin: string, hook: string) {
  const { name, description, permissions, events } = forgeManifests[kind];
  return {
    name,
    description,
    url: origin,
    redirect_url: `${origin}/connect`,
    setup_url: `${origin}/connect`,
    setup_on_update: false,
    public: false, // only the account that owns it can install it
    hook_attributes: { url: hookAddress(origin, hook), active: true },
    default_permissions: permissions,
    default_events: events,
  };
}
