import { rm } from 'node:fs/promises';
import { analyzerNames, limits } from '@lib/contract';
import type { AnalyzerName, CoverageCertificate, SandboxMessage, TreeFacts } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import { endScan, findScanWork, moveScan, scanFolder, type ScanFolder, type ScanWork } from '@lib/guard/scans';
import type { TenantContext, Tenancy } from '@lib/guard/tenancy';
import type { Clock, Ids } from '@lib/kernel';
import type { SecretKeyer } from '@lib/platform/kms';
import { certify, type Sandbox, type SandboxOutcome } from '@lib/platform/sandbox';
import { readTreeFacts } from './read-tree-facts.ts';
import { trackProgress, type Progress } from './track-progress.ts';
import { writeDrafts, type DraftFile } from './write-drafts.ts';

export type AnalyzeDeps = {
  readonly tenancy: Tenancy;
  readonly sandbox: Sandbox;
  readonly kms: Pick<SecretKeyer, 'keyerOf'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly workDirectory: string;
};

/**
 * Runs the analyzers over a sealed tree, behind the sandbox's walls, and leaves drafts and certificate for `findings.record`.
 * A killed or crashed analyzer keeps what it had found; walls that are missing end the scan as failed, and nothing runs.
 * Errors: Fault of the sandbox, the disk or the database; the job is then tried again from the sealed tree.
 */
export async function analyzeScan(deps: AnalyzeDeps, job: RunningJob<'scan.analyze'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const folder = scanFolder(deps.workDirectory, job.payload);
  const work = await deps.tenancy.withTenant(context, 'scan.analyze', async (tx) => {
    const found = await findScanWork(tx, job.payload.scanId);
    if (found !== undefined && (await moveScan(tx, job.payload.scanId, { stage: 'analyze' }))) return found;
    await completeJob(tx, job); // the scan has ended meanwhile
    return undefined;
  });
  if (work === undefined) return;
  const facts = await readTreeFacts(folder, work.tree_sha256);
  const result = facts === undefined ? altered : await runAnalyzers({ deps, job, context, work, folder, facts });
  job.signal.throwIfAborted(); // cancelled, or another worker has it, or this one stops: what was found here is not the scan's
  await hand(deps, { job, context, result });
  if (result.ended !== 'ran') await rm(folder.root, { recursive: true, force: true });
}

type Run = {
  readonly deps: AnalyzeDeps;
  readonly job: RunningJob<'scan.analyze'>;
  readonly context: TenantContext;
  readonly work: ScanWork;
  readonly folder: ScanFolder;
  readonly facts: TreeFacts;
};

type Analysis =
  | { readonly ended: 'refused'; readonly missing: readonly string[] }
  | { readonly ended: 'tree_altered' }
  | {
      readonly ended: 'ran';
      readonly outcome: SandboxOutcome;
      readonly coverage: CoverageCertificate;
      readonly draftsSha256: string;
      readonly progress: Progress;
    };

const altered: Analysis = { ended: 'tree_altered' };

async function runAnalyzers(run: Run): Promise<Analysis> {
  const drafts = await writeDrafts(run.folder.drafts);
  try {
    return await runInto(run, drafts);
  } finally {
    await drafts.close();
  }
}

async function runInto({ deps, job, context, work, folder, facts }: Run, drafts: DraftFile): Promise<Analysis> {
  const analyzers: readonly AnalyzerName[] = work.options.analyzers ?? analyzerNames;
  const tracker = trackProgress({
    clock: deps.clock,
    filesInTree: facts.files,
    analyzers,
    send: (progress) =>
      deps.tenancy.withTenant(context, 'scan.progress', async (tx) => {
        await moveScan(tx, job.payload.scanId, { stage: 'analyze', ...progress });
      }),
  });
  const onMessage = async (message: SandboxMessage): Promise<void> => {
    if (message.type === 'finding') await drafts.write(message.finding);
    if (message.type === 'progress') await tracker.report(message);
  };
  const owner = { tenantId: job.tenantId, scanId: job.payload.scanId };
  const wallMs = work.options.wallMs ?? limits.scanWallMsDefault;
  const keyer = await deps.kms.keyerOf(job.tenantId);
  const keySecret = keyer.ok ? keyer.value : undefined; // of a tenant that is being removed there is no key any more
  const request = { treeDirectory: folder.tree, analyzers, wallMs, owner, signal: job.signal, keySecret };
  const ran = await deps.sandbox.run(request, onMessage);
  if (!ran.ok) return { ended: 'refused', missing: ran.error.missing };
  const progress = { ...tracker.total(), findingCount: ran.value.findingCount };
  return {
    ended: 'ran',
    outcome: ran.value,
    coverage: certify(facts, analyzers, ran.value),
    draftsSha256: await drafts.finish(),
    progress,
  };
}

type Handing = { readonly job: RunningJob<'scan.analyze'>; readonly context: TenantContext; readonly result: Analysis };

// Everything that the next stage may rely on commits together with this job's end; a worker that lost its lease commits nothing.
async function hand(deps: AnalyzeDeps, { job, context, result }: Handing): Promise<void> {
  const { scanId } = job.payload;
  const scan = [{ type: 'scan', id: scanId }];
  await deps.tenancy.withTenant(context, 'scan.analyze', async (tx) => {
    if (result.ended === 'refused') {
      await endScan(deps, tx, { scanId, state: 'failed', errorCode: 'sandbox.layers_missing', missingLayers: result.missing });
    } else if (result.ended === 'tree_altered') {
      await endScan(deps, tx, { scanId, state: 'failed', errorCode: 'scan.tree_altered' });
    } else {
      const { outcome, coverage, draftsSha256, progress } = result;
      if (outcome.ending === 'escape_attempt') {
        await recordAudit(tx, { action: 'sandbox.escape_attempt', targets: scan, outcome: 'denied' }, deps);
      }
      const live = await moveScan(tx, scanId, { stage: 'record', ...progress, coverage, draftsSha256 });
      if (live) {
        const detail = { ending: outcome.ending, findingCount: outcome.findingCount, complete: coverage.complete };
        await recordAudit(tx, { action: 'scan.analyzed', targets: scan, outcome: 'success', detail }, deps);
        await enqueueJob(tx, 'findings.record', job.payload, deps.ids);
      }
    }
    await completeJob(tx, job);
  });
}
