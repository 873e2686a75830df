import { z } from 'zod';
import {
  forgeAppIdSchema,
  installationIdSchema,
  limits,
  repositoryIdSchema,
  scanIdSchema,
  type DeliveryId,
  type ForgeAppId,
  type InstallationId,
  type RepositoryId,
  type ScanId,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import type { ForgeRepository } from '@lib/platform/forge';
import { deliveryFactsSchema, type DeliveryFacts } from './receive-delivery/read-delivery.ts';

const idSchema = z.coerce.number().pipe(z.int());

const deliverySchema = z.object({ app_id: forgeAppIdSchema, event: z.string(), facts: deliveryFactsSchema });

/** A delivery that waits to be acted on. */
export type WaitingDelivery = { readonly appId: ForgeAppId; readonly event: string; readonly facts: DeliveryFacts };

/** Reads a delivery that nobody has handled. */
export async function findDelivery(tx: TenantTx, id: DeliveryId): Promise<WaitingDelivery | undefined> {
  const rows = await tx.query(sql('forge.find-delivery')`
    select app_id, event, facts from app.forge_delivery where tenant_id = ${tx.context.tenantId} and id = ${id} and handled_at is null`);
  if (rows[0] === undefined) return undefined;
  const row = deliverySchema.parse(rows[0]);
  return { appId: row.app_id, event: row.event, facts: row.facts };
}

/** Notes that a delivery was acted on. */
export async function updateHandled(tx: TenantTx, id: DeliveryId): Promise<void> {
  await tx.query(sql('forge.mark-handled')`
    update app.forge_delivery set handled_at = clock_timestamp() where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** Which of these deliveries of an App were taken. */
export async function findGuids(tx: TenantTx, appId: ForgeAppId, guids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query(sql('forge.find-guids')`
    select guid from app.forge_delivery where tenant_id = ${tx.context.tenantId} and app_id = ${appId} and guid = any(${guids}::text[])`);
  return new Set(rows.map((row) => z.object({ guid: z.string() }).parse(row).guid));
}

/** Notes that the deliveries of an App were compared with what was taken. */
export async function updateReconciled(tx: TenantTx, appId: ForgeAppId): Promise<void> {
  await tx.query(sql('forge.mark-reconciled')`
    update app.forge_app set reconciled_at = clock_timestamp() where tenant_id = ${tx.context.tenantId} and id = ${appId}`);
}

const installedSchema = z.object({
  id: installationIdSchema,
  app_id: forgeAppIdSchema,
  external_id: idSchema,
  account: z.string(),
  state: z.enum(['waiting', 'active', 'suspended', 'removed']),
});

/** An installation as our jobs need it. */
export type KnownInstallation = {
  readonly id: InstallationId;
  readonly appId: ForgeAppId;
  readonly externalId: number;
  readonly account: string;
  readonly state: z.infer<typeof installedSchema>['state'];
};

/** Reads an installation by our id. */
export async function findInstallation(tx: TenantTx, id: InstallationId): Promise<KnownInstallation | undefined> {
  const rows = await tx.query(sql('forge.find-installation')`
    select id, app_id, external_id, account, state from app.forge_installation where tenant_id = ${tx.context.tenantId} and id = ${id}`);
  return rows[0] === undefined ? undefined : installationOf(rows[0]);
}

/** Reads an installation of an App by the forge's id. */
export async function findInstallationOf(tx: TenantTx, appId: ForgeAppId, externalId: number): Promise<KnownInstallation | undefined> {
  const rows = await tx.query(sql('forge.find-installation-of')`
    select id, app_id, external_id, account, state from app.forge_installation
    where tenant_id = ${tx.context.tenantId} and app_id = ${appId} and external_id = ${externalId}`);
  return rows[0] === undefined ? undefined : installationOf(rows[0]);
}

function installationOf(row: unknown): KnownInstallation {
  const { app_id: appId, external_id: externalId, ...more } = installedSchema.parse(row);
  return { appId, externalId, ...more };
}

/** Says what has become of an installation. */
export async function updateInstallation(tx: TenantTx, id: InstallationId, state: KnownInstallation['state']): Promise<void> {
  await tx.query(sql('forge.update-installation')`
    update app.forge_installation set state = ${state}, changed_at = clock_timestamp() where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

const repositorySchema = z.object({
  repository_id: repositoryIdSchema,
  external_id: idSchema,
  full_name: z.string(),
  default_branch: z.string(),
});

/** A repository that an installation gives. */
export type KnownRepository = {
  readonly repositoryId: RepositoryId;
  readonly externalId: number;
  readonly fullName: string;
  readonly defaultBranch: string;
};

/** Reads a connected repository of an installation by the forge's id. */
export async function findRepositoryOf(
  tx: TenantTx,
  installation: InstallationId,
  externalId: number,
): Promise<KnownRepository | undefined> {
  const rows = await tx.query(sql('forge.find-repository')`
    select repository_id, external_id, full_name, default_branch from app.forge_repository
    where tenant_id = ${tx.context.tenantId} and installation_id = ${installation} and external_id = ${externalId} and state = 'connected'`);
  if (rows[0] === undefined) return undefined;
  const row = repositorySchema.parse(rows[0]);
  return { repositoryId: row.repository_id, externalId: row.external_id, fullName: row.full_name, defaultBranch: row.default_branch };
}

/**
 * Makes the repositories of an installation what the forge says they are: new ones are added, names and branches follow, what is not there
 * any more is removed. `ids`: one for each, for those that are new. Answers how many are new and how many are gone.
 */
export async function mirrorRepositories(
  tx: TenantTx,
  installation: InstallationId,
  given: readonly (ForgeRepository & { readonly newId: RepositoryId })[],
): Promise<{ readonly added: number; readonly removed: number }> {
  const { tenantId } = tx.context;
  const listed = JSON.stringify(
    given.map((one) => ({ id: one.id, name: one.fullName, branch: one.defaultBranch, visibility: one.visibility, fresh: one.newId })),
  );
  await tx.query(sql('forge.add-repositories')`
    insert into app.repository (tenant_id, id, name, source)
    select ${tenantId}::uuid, g.fresh, case when exists (select from app.repository r where r.tenant_id = ${tenantId} and r.name = g.name)
      then g.name || ' ' || left(g.fresh::text, 8) else g.name end, jsonb_build_object('kind', 'forge')
    from jsonb_to_recordset(${listed}::jsonb) as g (id bigint, name text, fresh uuid)
    where not exists (select from app.forge_repository k
      where k.tenant_id = ${tenantId} and k.installation_id = ${installation} and k.external_id = g.id)`);
  const added = await tx.query(sql('forge.mirror-repositories')`
    insert into app.forge_repository as k (tenant_id, repository_id, installation_id, external_id, full_name, default_branch, visibility)
    select ${tenantId}::uuid, g.fresh, ${installation}::uuid, g.id, g.name, g.branch, g.visibility
    from jsonb_to_recordset(${listed}::jsonb) as g (id bigint, name text, branch text, visibility text, fresh uuid)
    on conflict (tenant_id, installation_id, external_id) do update set full_name = excluded.full_name,
      default_branch = excluded.default_branch, visibility = excluded.visibility, state = 'connected'
    returning (xmax = 0) as fresh`);
  const removed = await tx.query(sql('forge.remove-repositories')`
    update app.forge_repository set state = 'removed'
    where tenant_id = ${tenantId} and installation_id = ${installation} and state = 'connected'
      and external_id <> all (${given.map(({ id }) => id)}::bigint[])
    returning repository_id`);
  return { added: added.filter((row) => z.object({ fresh: z.boolean() }).parse(row).fresh).length, removed: removed.length };
}

/** Live scans of an installation's repositories: of all of them, or of those that are not connected any more. */
export async function findLiveScans(tx: TenantTx, installation: InstallationId, which: 'all' | 'removed'): Promise<readonly ScanId[]> {
  const rows = await tx.query(sql('forge.find-live-scans')`
    select s.id from app.scan s
      join app.forge_repository r on r.tenant_id = s.tenant_id and r.repository_id = s.repository_id
    where s.tenant_id = ${tx.context.tenantId} and r.installation_id = ${installation} and s.state in ('queued', 'running')
      and (${which} = 'all' or r.state = 'removed')
    order by s.id limit ${limits.jobCancelMax}`);
  return rows.map((row) => z.object({ id: scanIdSchema }).parse(row).id);
}
