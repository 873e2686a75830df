import {
  forgeAppIdSchema,
  type ForgeAppId,
  type ForgeAppView,
  type ForgeKind,
  type registerForgeApp as route,
  type TenantId,
} from '@lib/contract';
import { Fault, err, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import { hashSecret, makeSecret, type Call } from '@lib/platform/http';
import { hookAddress } from '../hook-address.ts';
import { insertApp, registerHook, updateFlowSpent } from '../forge.store.ts';
import type { ForgeDeps } from '../forge-deps.ts';
import { secretContext } from '../secret-context.ts';

/** Why no App was taken over. */
export type RegisterRefused = {
  readonly code: 'forge.flow_invalid' | 'forge.code_refused' | 'forge.key_refused' | 'forge.app_known' | 'forge.no_public_origin';
};

type Registered = { readonly app: ForgeAppView; readonly hookUrl: string };
type Given = Pick<Call<typeof route>, 'caller' | 'body'>;

/** An App's identity and its secrets, for the moment between the forge and the key store. */
type Secrets = {
  readonly id: ForgeAppId;
  readonly kind: ForgeKind;
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly externalId: number;
  readonly pem: string;
  readonly webhookSecret: string;
  readonly hookSha256: Uint8Array;
};

/**
 * Takes an App over: its private key goes into the key store, its webhook secret is sealed under the tenant's key, and neither is kept
 * anywhere else. By manifest, the state must be of a flow that this caller has begun, once; by key, the forge must know the App under
 * that key. Errors: see `RegisterRefused`.
 */
export async function registerForgeApp(deps: ForgeDeps, given: Given): Promise<Result<Registered, RegisterRefused>> {
  const { publicOrigin } = deps.place;
  if (publicOrigin === undefined) return err({ code: 'forge.no_public_origin' });
  if (given.body.by === 'manifest') {
    const secrets = await convert(deps, given, given.body);
    if (!secrets.ok) return secrets;
    return keep(deps, given, { secrets: secrets.value, hookUrl: '' });
  }
  const { kind, apiUrl, webUrl, externalId, pem, webhookSecret } = given.body;
  const hook = makeSecret();
  const id = forgeAppIdSchema.parse(deps.ids.uuid());
  return keep(deps, given, {
    secrets: { id, kind, apiUrl, webUrl, externalId, pem, webhookSecret, hookSha256: hashSecret(hook) },
    hookUrl: hookAddress(publicOrigin, hook),
  });
}

type ByManifest = Extract<Given['body'], { readonly by: 'manifest' }>;

// The state is spent before the code is used: whatever happens afterwards, it does not come back.
async function convert(deps: ForgeDeps, { caller }: Given, { code, state }: ByManifest): Promise<Result<Secrets, RegisterRefused>> {
  const startedBy = `${caller.actor.type}:${caller.actor.id}`;
  const flow = await deps.tenancy.withTenantOnce(caller, 'go on registering an App', (tx) =>
    updateFlowSpent(tx, { stateSha256: hashSecret(state), startedBy }),
  );
  if (flow === undefined) return err({ code: 'forge.flow_invalid' });
  const { apiUrl, webUrl } = deps.place;
  const given = await deps.forge.convertManifest(apiUrl, code);
  if (!given.ok) return err({ code: 'forge.code_refused' });
  const { id: externalId, pem, webhookSecret } = given.value;
  return ok({ id: flow.appId, kind: flow.kind, apiUrl, webUrl, externalId, pem, webhookSecret, hookSha256: flow.hookSha256 });
}

type Keeping = { readonly secrets: Secrets; readonly hookUrl: string };

async function keep(deps: ForgeDeps, { caller }: Given, { secrets, hookUrl }: Keeping): Promise<Result<Registered, RegisterRefused>> {
  const { tenantId } = caller;
  const { id, kind, apiUrl, webUrl, externalId, hookSha256 } = secrets;
  const key = { purpose: 'forge', tenantId, appId: id } as const;
  if (!(await importKey(deps, key, secrets.pem))) return err({ code: 'forge.key_refused' });
  // the forge knows the App under this key, or it is none of ours
  const facts = await deps.forge
    .asApp({ tenantId, appId: id, externalId, apiUrl })
    .app()
    .catch(afterwards(() => deps.kms.destroyForgeKey(key)));
  if (!facts.ok || facts.value.id !== externalId) {
    await deps.kms.destroyForgeKey(key);
    return err({ code: 'forge.key_refused' });
  }
  const hookSecret = await seal(deps, { tenantId, id, secret: secrets.webhookSecret });
  const { slug, owner } = facts.value;
  const app = await deps.tenancy.withTenant(caller, 'register an App', async (tx) => {
    const made = await insertApp(tx, { id, kind, apiUrl, webUrl, externalId, slug, owner: owner?.login ?? null, hookSecret });
    if (made === undefined) return undefined;
    const targets = [{ type: 'forge_app', id }];
    await Promise.all([
      registerHook(tx, hookSha256, id),
      enqueueJob(tx, 'forge.reconcile', { tenantId, forgeAppId: id }, deps.ids),
      recordAudit(tx, { action: 'forge.app_registered', targets, outcome: 'success', detail: { kind, externalId } }, deps),
    ]);
    return made;
  });
  if (app !== undefined) return ok({ app, hookUrl });
  await deps.kms.destroyForgeKey(key);
  return err({ code: 'forge.app_known' });
}

async function importKey(deps: ForgeDeps, key: Parameters<ForgeDeps['kms']['importForgeKey']>[0], pem: string): Promise<boolean> {
  try {
    await deps.kms.importForgeKey(key, pem);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === 'kms.forge_key_invalid') return false;
    throw error;
  }
}

type Sealing = { readonly tenantId: TenantId; readonly id: ForgeAppId; readonly secret: string };

async function seal(deps: ForgeDeps, { tenantId, id, secret }: Sealing): Promise<Uint8Array> {
  const sealed = await deps.kms.encrypt(secretContext(tenantId, id), Buffer.from(secret, 'utf8'));
  if (!sealed.ok) throw new Fault('kms.unavailable', { internal: `the tenant's key: ${sealed.error.code}` });
  return sealed.value;
}

function afterwards(undo: () => Promise<void>): (error: unknown) => Promise<never> {
  return async (error) => {
    await undo();
    throw error;
  };
}
