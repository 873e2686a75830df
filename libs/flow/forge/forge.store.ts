import { z } from 'zod';
import {
  failOnSchema,
  forgeAppIdSchema,
  forgeKindSchema,
  installationIdSchema,
  instantSchema,
  limits,
  type DeliveryId,
  type ForgeAppId,
  type ForgeAppView,
  type ForgeKind,
  type InstallationId,
} from '@lib/contract';
import type { Row, TenantTx } from '@lib/guard/tenancy';
import { SECOND_MS } from '@lib/kernel';
import { sql } from '@lib/platform/db';
import type { DeliveryFacts } from './receive-delivery/read-delivery.ts';

const bytesSchema = z.instanceof(Uint8Array);
const idSchema = z.coerce.number().pipe(z.int());

/** The webhook secrets of an App, sealed, newest first. */
export async function findHookSecrets(tx: TenantTx, appId: ForgeAppId): Promise<readonly Uint8Array[]> {
  const rows = await tx.query(sql('forge.find-hook-secrets')`
    select unnest(hook_secrets) as secret from app.forge_app where tenant_id = ${tx.context.tenantId} and id = ${appId}`);
  return rows.map((row) => z.object({ secret: bytesSchema }).parse(row).secret);
}

/** A delivery that was signed. */
export type NewDelivery = {
  readonly id: DeliveryId;
  readonly appId: ForgeAppId;
  readonly guid: string;
  readonly event: string;
  readonly facts: DeliveryFacts;
};

/** Notes a delivery, once, and forgets a few old ones. Answers false when it was seen before. */
export async function insertDelivery(tx: TenantTx, delivery: NewDelivery): Promise<boolean> {
  const rows = await tx.query(sql('forge.insert-delivery')`
    with forgotten as (
      delete from app.forge_delivery where tenant_id = ${tx.context.tenantId} and id in (
        select id from app.forge_delivery
        where tenant_id = ${tx.context.tenantId} and received_at < now() - make_interval(secs => ${limits.forgeDeliveryKeptMs / SECOND_MS})
        order by received_at limit ${limits.forgeDeliveriesForgottenMax})
    )
    insert into app.forge_delivery (tenant_id, id, app_id, guid, event, facts)
    values (${tx.context.tenantId}, ${delivery.id}, ${delivery.appId}, ${delivery.guid}, ${delivery.event}, ${JSON.stringify(delivery.facts)}::jsonb)
    on conflict (tenant_id, app_id, guid) do nothing
    returning id`);
  return rows.length > 0;
}

/** A flow as it is begun. */
export type NewFlow = {
  readonly stateSha256: Uint8Array;
  readonly hookSha256: Uint8Array;
  readonly appId: ForgeAppId;
  readonly kind: ForgeKind;
  readonly startedBy: string;
};

/** Writes a flow. */
export async function insertFlow(tx: TenantTx, flow: NewFlow): Promise<void> {
  await tx.query(sql('forge.insert-flow')`
    insert into app.forge_flow (tenant_id, state_sha256, app_id, hook_sha256, kind, started_by)
    values (${tx.context.tenantId}, ${flow.stateSha256}, ${flow.appId}, ${flow.hookSha256}, ${flow.kind}, ${flow.startedBy})`);
}

const spentSchema = z.object({ app_id: forgeAppIdSchema, hook_sha256: bytesSchema, kind: forgeKindSchema });

/** Spends a flow: of this tenant, begun by the same session or token, young, and for the first time. */
export async function updateFlowSpent(
  tx: TenantTx,
  flow: { readonly stateSha256: Uint8Array; readonly startedBy: string },
): Promise<{ readonly appId: ForgeAppId; readonly hookSha256: Uint8Array; readonly kind: ForgeKind } | undefined> {
  const rows = await tx.query(sql('forge.spend-flow')`
    update app.forge_flow set spent_at = clock_timestamp()
    where tenant_id = ${tx.context.tenantId} and state_sha256 = ${flow.stateSha256} and started_by = ${flow.startedBy}
      and spent_at is null and created_at > clock_timestamp() - make_interval(secs => ${limits.forgeFlowMs / SECOND_MS})
    returning app_id, hook_sha256, kind`);
  if (rows[0] === undefined) return undefined;
  const row = spentSchema.parse(rows[0]);
  return { appId: row.app_id, hookSha256: row.hook_sha256, kind: row.kind };
}

/** An App as it is registered; `hookSecret` is sealed. */
export type NewApp = {
  readonly id: ForgeAppId;
  readonly kind: ForgeKind;
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly externalId: number;
  readonly slug: string;
  readonly owner: string | null;
  readonly hookSecret: Uint8Array;
};

/** Writes an App. Nothing comes back when the tenant has it already. */
export async function insertApp(tx: TenantTx, app: NewApp): Promise<ForgeAppView | undefined> {
  const rows = await tx.query(sql('forge.insert-app')`
    insert into app.forge_app (tenant_id, id, kind, api_url, web_url, external_id, slug, owner_login, hook_secrets)
    values (${tx.context.tenantId}, ${app.id}, ${app.kind}, ${app.apiUrl}, ${app.webUrl}, ${app.externalId}, ${app.slug}, ${app.owner},
      array[${app.hookSecret}::bytea])
    on conflict (tenant_id, api_url, external_id) where state <> 'gone' do nothing
    returning id, kind, web_url, external_id, slug, owner_login, fail_on, created_at, state, leaves_at`);
  return rows[0] === undefined ? undefined : viewOf(rows[0], []);
}

/** Lets deliveries to an address in; the database keeps its digest. */
export async function registerHook(tx: TenantTx, hookSha256: Uint8Array, appId: ForgeAppId): Promise<void> {
  await tx.query(sql('forge.register-hook')`select identity.register_forge_hook(${hookSha256}, ${appId})`);
}

/** Claims an installation for the tenant, for good. Answers false when another tenant has it. */
export async function claimForTenant(tx: TenantTx, apiUrl: string, externalId: number): Promise<boolean> {
  const rows = await tx.query(sql('forge.claim')`select ops.claim_installation(${apiUrl}, ${externalId}) as ours`);
  return z.object({ ours: z.boolean() }).parse(rows[0]).ours;
}

const appSchema = z.object({
  id: forgeAppIdSchema,
  external_id: idSchema,
  api_url: z.string(),
  web_url: z.string(),
  owner_login: z.string().nullable(),
  fail_on: failOnSchema,
});

/** An App as our jobs need it. */
export type KnownApp = {
  readonly appId: ForgeAppId;
  readonly externalId: number;
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly owner: string | null;
  readonly failOn: z.infer<typeof failOnSchema>;
};

/** Reads an App that is in use: with one that is leaving, or gone, nothing is done. */
export async function findApp(tx: TenantTx, id: ForgeAppId): Promise<KnownApp | undefined> {
  const rows = await tx.query(sql('forge.find-app')`
    select id, external_id, api_url, web_url, owner_login, fail_on from app.forge_app
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'active'`);
  if (rows[0] === undefined) return undefined;
  return knownOf(appSchema.parse(rows[0]));
}

function knownOf(row: z.infer<typeof appSchema>): KnownApp {
  return {
    appId: row.id,
    externalId: row.external_id,
    apiUrl: row.api_url,
    webUrl: row.web_url,
    owner: row.owner_login,
    failOn: row.fail_on,
  };
}

const stateSchema = z.enum(['waiting', 'active', 'suspended', 'removed']);
export type InstallationState = z.infer<typeof stateSchema>;

const installationSchema = z.object({ id: installationIdSchema, external_id: idSchema, account: z.string(), state: stateSchema });

/** An installation as it should stand. */
export type InstallationChange = {
  readonly id: InstallationId;
  readonly appId: ForgeAppId;
  readonly externalId: number;
  readonly account: string;
  readonly state: InstallationState;
};

/** Writes an installation, or what has become of it. */
export async function upsertInstallation(
  tx: TenantTx,
  change: InstallationChange,
): Promise<{ readonly id: InstallationId; readonly externalId: number; readonly account: string; readonly state: InstallationState }> {
  const rows = await tx.query(sql('forge.upsert-installation')`
    insert into app.forge_installation (tenant_id, id, app_id, external_id, account, state)
    values (${tx.context.tenantId}, ${change.id}, ${change.appId}, ${change.externalId}, ${change.account}, ${change.state})
    on conflict (tenant_id, app_id, external_id) do update set account = excluded.account, state = excluded.state, changed_at = clock_timestamp()
    returning id, external_id, account, state`);
  const row = installationSchema.parse(rows[0]);
  return { id: row.id, externalId: row.external_id, account: row.account, state: row.state };
}

const listedSchema = z.object({
  installation: installationSchema.extend({ app_id: forgeAppIdSchema, repositories: z.int() }).nullable(),
});

/** The Apps of the tenant, oldest first, each with its installations. */
export async function findAppViews(tx: TenantTx): Promise<readonly ForgeAppView[]> {
  const { tenantId } = tx.context;
  const [apps, installed] = await Promise.all([
    tx.query(sql('forge.list-apps')`
      select id, kind, web_url, external_id, slug, owner_login, fail_on, created_at, state, leaves_at from app.forge_app
      where tenant_id = ${tenantId} and state <> 'gone' order by created_at, id limit ${limits.forgeAppsMax}`),
    tx.query(sql('forge.list-installations')`
      select jsonb_build_object('id', i.id, 'app_id', i.app_id, 'external_id', i.external_id, 'account', i.account, 'state', i.state,
        'repositories', (select count(*) from app.forge_repository r
          where r.tenant_id = i.tenant_id and r.installation_id = i.id and r.state = 'connected')) as installation
      from app.forge_installation i where i.tenant_id = ${tenantId} order by i.account, i.id limit ${limits.forgeInstallationsMax}`),
  ]);
  const known = installed.flatMap((row) => listedSchema.parse(row).installation ?? []);
  return apps.map((row) => viewOf(row, known));
}

const viewSchema = z.object({
  id: forgeAppIdSchema,
  kind: forgeKindSchema,
  web_url: z.string(),
  external_id: idSchema,
  slug: z.string(),
  owner_login: z.string().nullable(),
  fail_on: failOnSchema,
  created_at: instantSchema,
  state: z.enum(['active', 'leaving']),
  leaves_at: instantSchema.nullable(),
});

function viewOf(given: Row, installed: readonly NonNullable<z.infer<typeof listedSchema>['installation']>[]): ForgeAppView {
  const row = viewSchema.parse(given);
  return {
    id: row.id,
    kind: row.kind,
    webUrl: row.web_url,
    externalId: row.external_id,
    slug: row.slug,
    owner: row.owner_login,
    failOn: row.fail_on,
    createdAt: row.created_at,
    state: row.state,
    leavesAt: row.leaves_at,
    installations: installed
      .filter((one) => one.app_id === row.id)
      .map(({ id, external_id: externalId, account, state, repositories }) => ({ id, externalId, account, state, repositories })),
  };
}

const triedSchema = z.object({
  app: appSchema.extend({ kind: forgeKindSchema }),
  installation: installationSchema,
  repository: z.object({ external_id: idSchema, full_name: z.string(), default_branch: z.string() }).nullable(),
});

/** An installation as its rights are tried: its App, and one repository that it gives. */
export type TriedInstallation = {
  readonly app: KnownApp & { readonly kind: ForgeKind };
  readonly externalId: number;
  readonly active: boolean;
  readonly repository: { readonly id: number; readonly fullName: string; readonly defaultBranch: string } | undefined;
};

/** Reads an installation of an App with the first repository that it gives. */
export async function findInstallationToTry(
  tx: TenantTx,
  { forgeAppId, installationId }: { readonly forgeAppId: ForgeAppId; readonly installationId: InstallationId },
): Promise<TriedInstallation | undefined> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('forge.find-installation-to-try')`
    select to_jsonb(a) as app, to_jsonb(i) as installation, to_jsonb(r) as repository
    from app.forge_installation i
    join app.forge_app a on a.tenant_id = i.tenant_id and a.id = i.app_id
    left join lateral (
      select external_id, full_name, default_branch from app.forge_repository
      where tenant_id = ${tenantId} and installation_id = i.id and state = 'connected' order by full_name limit 1
    ) r on true
    where i.tenant_id = ${tenantId} and i.id = ${installationId} and i.app_id = ${forgeAppId}`);
  if (rows[0] === undefined) return undefined;
  const { app, installation, repository } = triedSchema.parse(rows[0]);
  return {
    app: { ...knownOf(app), kind: app.kind },
    externalId: installation.external_id,
    active: installation.state === 'active',
    repository:
      repository === null
        ? undefined
        : { id: repository.external_id, fullName: repository.full_name, defaultBranch: repository.default_branch },
  };
}
