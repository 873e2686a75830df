import { ok } from '@lib/kernel';
import type { Forge, ForgeApp, ForgeGrant } from './forge.ts';
import { conversionSchema, tokenSchema } from './forge-answers.ts';
import { askForge } from './forge-refusal.ts';
import { openAppForge } from './open-app-forge.ts';
import { openAppClient, openTokenClient, type ClientDeps } from './open-client.ts';
import { openRepositoryForge } from './open-repository-forge.ts';

/** Opens GitHub, github.com or an Enterprise Server: which one stands in each App. Octokit is the only client. */
export function openForge(deps: ClientDeps): Forge {
  return {
    asApp: (app) => openAppForge(deps, app),
    withToken: async (app, grant, work) => {
      const minted = await mint(deps, app, grant);
      if (!minted.ok) return minted;
      const line = `installation-${app.appId}-${String(grant.installation)}`;
      const client = openTokenClient(deps, { apiUrl: app.apiUrl, line, token: minted.value });
      try {
        return ok(await work(openRepositoryForge({ client, clock: deps.clock, apiUrl: app.apiUrl, token: minted.value })));
      } finally {
        await revoke(deps, client, app);
      }
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

function mint(deps: ClientDeps, app: ForgeApp, grant: ForgeGrant) {
  return askForge(deps.clock, async () => {
    const { data } = await openAppClient(deps, app).request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: grant.installation,
      ...(grant.repository === undefined ? {} : { repository_ids: [grant.repository] }),
      permissions: grant.permissions,
    });
    return tokenSchema.parse(data).token;
  });
}

// What cannot be revoked ends by itself within the hour; the job's own end is not held up by it, and it is told.
async function revoke(deps: ClientDeps, client: ReturnType<typeof openTokenClient>, app: ForgeApp): Promise<void> {
  try {
    await client.request('DELETE /installation/token');
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 0;
    if (status !== 401) deps.log.warn('forge.revoke_failed', { appId: app.appId, status });
  }
}
