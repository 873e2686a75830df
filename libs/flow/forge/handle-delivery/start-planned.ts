import { scanIdSchema, type ScanId } from '@lib/contract';
import { enqueueJob } from '@lib/guard/jobs';
import { requestScan, stopScans } from '@lib/guard/scans';
import type { TenantTx } from '@lib/guard/tenancy';
import { findScanOf, findSuperseded, insertChange } from '../changes.store.ts';
import type { ForgeJobDeps } from '../forge-job-deps.ts';
import type { KnownRepository } from '../jobs.store.ts';
import type { PlannedScan } from './plan-scan.ts';

type Starting = { readonly repository: KnownRepository; readonly planned: PlannedScan };

/**
 * Starts a planned scan in place of those of the same branch or pull request that are under way, and, for a change, the scan of the commit
 * that it is compared with, unless there is one.
 */
export async function startPlanned(deps: ForgeJobDeps, tx: TenantTx, { repository, planned }: Starting): Promise<void> {
  const { repositoryId } = repository;
  const { trigger, commit, base, pull, scope } = planned;
  await stopScans(deps, tx, await findSuperseded(tx, repositoryId, pull));
  const baseScanId =
    base === undefined ? undefined : ((await findScanOf(tx, repositoryId, base)) ?? (await startBase(deps, tx, { repository, base })));
  const scanId = newScanId(deps);
  if (!(await requestScan(deps, tx, { id: scanId, repositoryId, requestedBy: `forge:${trigger}`, side: pull !== undefined }))) return;
  await insertChange(tx, { scanId, repositoryId, trigger, commit, base, baseScanId, pull, scope });
  await enqueueJob(tx, 'forge.report', { tenantId: tx.context.tenantId, scanId }, deps.ids);
}

type Base = { readonly repository: KnownRepository; readonly base: string };

async function startBase(deps: ForgeJobDeps, tx: TenantTx, { repository, base }: Base): Promise<ScanId> {
  const scanId = newScanId(deps);
  const { repositoryId } = repository;
  await requestScan(deps, tx, { id: scanId, repositoryId, requestedBy: 'forge:base', side: true });
  await insertChange(tx, { scanId, repositoryId, trigger: 'base', commit: base });
  return scanId;
}

function newScanId(deps: ForgeJobDeps): ScanId {
  return scanIdSchema.parse(deps.ids.uuid());
}
