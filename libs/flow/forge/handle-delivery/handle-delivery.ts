import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import { recordAudit } from '@lib/guard/audit';
import type { TenantTx } from '@lib/guard/tenancy';
import { installationIdSchema } from '@lib/contract';
import { stopScans } from '@lib/guard/scans';
import { findChangeOf, findSuperseded } from '../changes.store.ts';
import { contextOf, type ForgeJobDeps } from '../forge-job-deps.ts';
import { claimForTenant, findApp, upsertInstallation, type KnownApp } from '../forge.store.ts';
import {
  findDelivery,
  findInstallationOf,
  findLiveScans,
  findRepositoryOf,
  updateHandled,
  updateInstallation,
  type KnownInstallation,
  type KnownRepository,
  type WaitingDelivery,
} from '../jobs.store.ts';
import { planScan, type PlannedScan, type ScanWish } from './plan-scan.ts';
import { startPlanned } from './start-planned.ts';

type Job = RunningJob<'forge.handle'>;
type Known = {
  readonly delivery: WaitingDelivery;
  readonly app: KnownApp;
  readonly installation: KnownInstallation | undefined;
  readonly repository: KnownRepository | undefined;
};

/**
 * Acts on a delivery. What it says is a hint: the state is read from the forge again, so that late, doubled and reordered deliveries end
 * alike. Faults of the forge are thrown, and the job is tried again.
 */
export async function handleDelivery(deps: ForgeJobDeps, job: Job): Promise<void> {
  const known = await deps.tenancy.withTenant(contextOf(job), 'forge.handle', async (tx) => {
    const found = await findKnown(tx, job);
    if (found === undefined) await completeJob(tx, job); // handled before, or its App is gone
    return found;
  });
  if (known === undefined) return;
  const act = isAboutInstallation(known.delivery.event) ? await followInstallation(deps, job, known) : await followCode(deps, job, known);
  job.signal.throwIfAborted();
  await deps.tenancy.withTenant(contextOf(job), 'forge.handle', async (tx) => {
    await act(tx);
    await updateHandled(tx, job.payload.deliveryId);
    await completeJob(tx, job);
  });
}

async function findKnown(tx: TenantTx, job: Job): Promise<Known | undefined> {
  const delivery = await findDelivery(tx, job.payload.deliveryId);
  const app = delivery === undefined ? undefined : await findApp(tx, delivery.appId);
  if (delivery === undefined || app === undefined) return undefined;
  const installation = await findInstallationOf(tx, app.appId, delivery.facts.installation);
  const { repository: externalId } = delivery.facts;
  const repository =
    installation === undefined || externalId === undefined ? undefined : await findRepositoryOf(tx, installation.id, externalId);
  return { delivery, app, installation, repository };
}

type Act = (tx: TenantTx) => Promise<void>;
const nothing: Act = () => Promise.resolve();

function isAboutInstallation(event: string): boolean {
  return ['installation', 'installation_repositories', 'installation_target', 'repository'].includes(event);
}

// Gone, suspended or back: the forge says which. A token for the rest is minted where it is used.
async function followInstallation(deps: ForgeJobDeps, job: Job, { delivery, app, installation }: Known): Promise<Act> {
  const { tenantId } = job;
  const asked = await deps.forge.asApp({ tenantId, ...app }).installation(delivery.facts.installation);
  if (!asked.ok) {
    if (installation === undefined || asked.error.code !== 'forge.gone') return nothing;
    return (tx) => halt(deps, tx, { installation, state: 'removed' });
  }
  const { id: externalId, account, suspended } = asked.value;
  return async (tx) => {
    if (suspended && installation !== undefined) {
      await halt(deps, tx, { installation, state: 'suspended' });
      return;
    }
    if (!(await claimForTenant(tx, app.apiUrl, externalId))) return;
    // an account that is not the App's own waits for a person of the tenant
    const state = installation?.state === 'waiting' || (installation === undefined && !isOwn(app, account.login)) ? 'waiting' : 'active';
    const id = installationIdSchema.parse(deps.ids.uuid());
    const made = await upsertInstallation(tx, { id, appId: app.appId, externalId, account: account.login, state });
    if (installation?.state !== state) await tell(deps, tx, { id: made.id, state });
    if (state === 'active') await enqueueJob(tx, 'forge.sync', { tenantId, installationId: made.id }, deps.ids);
  };
}

function isOwn(app: KnownApp, login: string): boolean {
  return app.owner === null || app.owner.toLowerCase() === login.toLowerCase();
}

type Halting = { readonly installation: KnownInstallation; readonly state: 'suspended' | 'removed' };

// Nothing more is read of it: what waits does not start, what runs is stopped.
async function halt(deps: ForgeJobDeps, tx: TenantTx, { installation, state }: Halting): Promise<void> {
  await updateInstallation(tx, installation.id, state);
  await stopScans(deps, tx, await findLiveScans(tx, installation.id, 'all'));
  await tell(deps, tx, { id: installation.id, state });
}

async function tell(deps: ForgeJobDeps, tx: TenantTx, { id, state }: { readonly id: string; readonly state: string }): Promise<void> {
  const targets = [{ type: 'installation', id }];
  await recordAudit(tx, { action: 'forge.installation_changed', targets, outcome: 'success', detail: { state } }, deps);
}

async function followCode(deps: ForgeJobDeps, job: Job, { delivery, app, installation, repository }: Known): Promise<Act> {
  if (installation?.state !== 'active' || repository === undefined) return nothing;
  const { event, facts } = delivery;
  if (event === 'pull_request' && facts.action === 'closed') {
    return async (tx) => {
      await stopScans(deps, tx, await findSuperseded(tx, repository.repositoryId, facts.pull));
    };
  }
  const wish = await wishOf(deps, job, { delivery, repository });
  if (wish === undefined) return nothing;
  const planned: PlannedScan | undefined = await planScan(deps.forge, {
    app: { tenantId: job.tenantId, ...app },
    installation,
    repository,
    wish,
  });
  return planned === undefined ? nothing : (tx) => startPlanned(deps, tx, { repository, planned });
}

type Told = { readonly delivery: WaitingDelivery; readonly repository: KnownRepository };

async function wishOf(deps: ForgeJobDeps, job: Job, { delivery, repository }: Told): Promise<ScanWish | undefined> {
  const { event, facts } = delivery;
  if (event === 'push') return facts.ref === `refs/heads/${repository.defaultBranch}` ? { kind: 'push' } : undefined;
  if (event === 'pull_request') return facts.pull === undefined ? undefined : { kind: 'pull_request', pull: facts.pull };
  const { headSha } = facts;
  if (headSha === undefined) return undefined;
  // asked for again: what the commit was scanned for before
  const before = await deps.tenancy.withTenantOnce(contextOf(job), 'forge.handle', (tx) =>
    findChangeOf(tx, repository.repositoryId, headSha),
  );
  if (before === undefined) return undefined;
  return before.pull === undefined ? { kind: 'rerun', commit: headSha } : { kind: 'pull_request', pull: before.pull };
}
