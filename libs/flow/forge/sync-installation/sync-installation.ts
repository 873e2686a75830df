import { repositoryIdSchema } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, type RunningJob } from '@lib/guard/jobs';
import { stopScans } from '@lib/guard/scans';
import { Fault } from '@lib/kernel';
import { contextOf, type ForgeJobDeps } from '../forge-job-deps.ts';
import { findApp } from '../forge.store.ts';
import { findInstallation, findLiveScans, mirrorRepositories } from '../jobs.store.ts';

/**
 * Makes our list of an installation's repositories what the forge says: added, removed, renamed, made public. Scans of what is not there
 * any more are stopped. Faults: `forge.*`; the job is tried again.
 */
export async function syncInstallation(deps: ForgeJobDeps, job: RunningJob<'forge.sync'>): Promise<void> {
  const context = contextOf(job);
  const { installationId } = job.payload;
  const known = await deps.tenancy.withTenant(context, 'forge.sync', async (tx) => {
    const installation = await findInstallation(tx, installationId);
    const app = installation?.state === 'active' ? await findApp(tx, installation.appId) : undefined;
    if (installation !== undefined && app !== undefined) return { installation, app };
    await completeJob(tx, job); // removed meanwhile
    return undefined;
  });
  if (known === undefined) return;
  const grant = { installation: known.installation.externalId, permissions: { metadata: 'read' } } as const;
  const listed = await deps.forge.withToken({ tenantId: job.tenantId, ...known.app }, grant, (given) => given.repositories());
  const repositories = listed.ok ? listed.value : listed;
  if (!repositories.ok && repositories.error.code !== 'forge.gone') {
    throw new Fault('forge.refused', { internal: `the repositories of an installation: ${repositories.error.code}` });
  }
  job.signal.throwIfAborted();
  await deps.tenancy.withTenant(context, 'forge.sync', async (tx) => {
    const given = repositories.ok ? repositories.value : [];
    const fresh = given.map((one) => ({ ...one, newId: repositoryIdSchema.parse(deps.ids.uuid()) }));
    const { added, removed } = await mirrorRepositories(tx, installationId, fresh);
    await stopScans(deps, tx, await findLiveScans(tx, installationId, 'removed'));
    const targets = [{ type: 'installation', id: installationId }];
    const detail = { repositories: given.length, added, removed };
    await recordAudit(tx, { action: 'forge.installation_synced', targets, outcome: 'success', detail }, deps);
    await completeJob(tx, job);
  });
}
