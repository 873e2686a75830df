import { ok, type Result } from '@lib/kernel';
import type { Forge, ForgeApp, ForgeGrant, ForgeRefusal } from './forge.ts';
import { conversionSchema, tokenSchema } from './forge-answers.ts';
import { askForge } from './forge-refusal.ts';
import { openAppForge } from './open-app-forge.ts';
import { openAppClient, openTokenClient, type ClientDeps, type ForgeClient } from './open-client.ts';
import { openRepositoryForge } from './open-repository-forge.ts';
import { tryRights } from './try-rights.ts';

/** Opens GitHub, github.com or an Enterprise Server: which one stands in each App. Octokit is the only client. */
export function openForge(deps: ClientDeps): Forge {
  return {
    asApp: (app) => openAppForge(deps, app),
    withToken: (app, grant, work) =>
      lendToken(deps, { app, grant }, ({ client, token }) =>
        work(openRepositoryForge({ client, clock: deps.clock, apiUrl: app.apiUrl, token })),
      ),
    tryRights: async (app, { installation, repository }) => {
      const found = await openAppForge(deps, app).installation(installation);
      if (!found.ok) return found;
      // What is tried is refused: there is nothing to pace.
      const all = { app, grant: { installation, repository: repository.id } };
      const tried = await lendToken({ ...deps, paced: false }, all, ({ client }) => tryRights(client, deps.clock, repository));
      return tried.ok ? ok({ granted: found.value.permissions, tried: tried.value }) : tried;
    },
    convertManifest: (apiUrl, code) =>
      askForge(deps.clock, async () => {
        const client = openTokenClient(deps, { apiUrl, line: 'manifest', token: undefined });
        const {
          pem,
          client_id: clientId,
          webhook_secret: webhookSecret,
          ...facts
        } = conversionSchema.parse((await client.request('POST /app-manifests/{code}/conversions', { code })).data);
        return { ...facts, clientId, pem, webhookSecret };
      }),
  };
}

// Without permissions the token has all that the installation grants.
type Grant = Omit<ForgeGrant, 'permissions'> & Partial<Pick<ForgeGrant, 'permissions'>>;
type Lent = { readonly client: ForgeClient; readonly token: string };

async function lendToken<T>(
  deps: ClientDeps,
  { app, grant }: { readonly app: ForgeApp; readonly grant: Grant },
  work: (lent: Lent) => Promise<T>,
): Promise<Result<T, ForgeRefusal>> {
  const minted = await mint(deps, app, grant);
  if (!minted.ok) return minted;
  const line = `installation-${app.appId}-${String(grant.installation)}`;
  const client = openTokenClient(deps, { apiUrl: app.apiUrl, line, token: minted.value });
  try {
    return ok(await work({ client, token: minted.value }));
  } finally {
    await revoke(deps, client, app);
  }
}

function mint(deps: ClientDeps, app: ForgeApp, grant: Grant) {
  return askForge(deps.clock, async () => {
    const { data } = await openAppClient(deps, app).request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: grant.installation,
      ...(grant.repository === undefined ? {} : { repository_ids: [grant.repository] }),
      ...(grant.permissions === undefined ? {} : { permissions: grant.permissions }),
    });
    return tokenSchema.parse(data).token;
  });
}

// What cannot be revoked ends by itself within the hour; the job's own end is not held up by it, and it is told.
async function revoke(deps: ClientDeps, client: ForgeClient, app: ForgeApp): Promise<void> {
  try {
    await client.request('DELETE /installation/token');
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 0;
    if (status !== 401) deps.log.warn('forge.revoke_failed', { appId: app.appId, status });
  }
}
