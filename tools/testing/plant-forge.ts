import { randomUUID } from 'node:crypto';
import { forgeAppIdSchema, type ForgeAppId } from '@lib/contract';
import { hashSecret, makeSecret } from '@lib/platform/http';
import type { TestApi, TestTenant } from './api.ts';

/** An App as the tables hold it. */
export type PlantedApp = { readonly appId: ForgeAppId; readonly hook: string };

/** Plants an App of a tenant with its webhook secrets, sealed. */
export async function plantForgeApp(
  api: Pick<TestApi, 'database' | 'keyring'>,
  tenant: TestTenant,
  app: { readonly secrets: readonly string[]; readonly apiUrl?: string; readonly externalId?: number; readonly owner?: string },
): Promise<PlantedApp> {
  const appId = forgeAppIdSchema.parse(randomUUID());
  const context = { tenantId: tenant.id, purpose: 'forge-secret', objectId: appId, version: 1 };
  const sealed = await Promise.all(app.secrets.map((secret) => api.keyring.encrypt(context, Buffer.from(secret, 'utf8'))));
  const secrets = sealed.flatMap((one) => (one.ok ? [Buffer.from(one.value)] : []));
  const apiUrl = app.apiUrl ?? 'http://github.test';
  await api.database.admin(
    `insert into app.forge_app (tenant_id, id, kind, api_url, web_url, external_id, slug, owner_login, hook_secrets)
     values ($1, $2, 'reader', $3, $3, $4, 'aegis-reader', $5, $6)`,
    [tenant.id, appId, apiUrl, app.externalId ?? 1, app.owner ?? null, secrets],
  );
  const hook = makeSecret();
  await api.database.admin('insert into identity.forge_hook (hash, tenant_id, app_id) values ($1, $2, $3)', [
    hashSecret(hook),
    tenant.id,
    appId,
  ]);
  return { appId, hook };
}

/** Plants a repository that an installation gives; `externalId` is the forge's own number of it. */
export async function plantForgeRepository(
  { database }: Pick<TestApi, 'database'>,
  tenant: TestTenant,
  given: { readonly installationId: string; readonly externalId: number; readonly fullName: string },
): Promise<void> {
  const repositoryId = randomUUID();
  await database.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, $3, '{"kind":"forge"}')`, [
    tenant.id,
    repositoryId,
    `${given.fullName} ${repositoryId}`,
  ]);
  await database.admin(
    `insert into app.forge_repository (tenant_id, repository_id, installation_id, external_id, full_name, default_branch, visibility)
     values ($1, $2, $3, $4, $5, 'main', 'public')`,
    [tenant.id, repositoryId, given.installationId, given.externalId, given.fullName],
  );
}
