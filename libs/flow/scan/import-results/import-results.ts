import { mkdir, rm } from 'node:fs/promises';
import {
  limits,
  scanIdSchema,
  type CoverageCertificate,
  type FindingDraft,
  type importResults as route,
  type ScanId,
  type ScanView,
} from '@lib/contract';
import { readSarif, type SarifError } from '@lib/engine/sarif';
import { recordAudit } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import { enqueueJob } from '@lib/guard/jobs';
import { moveScan, openScan, scanFolder } from '@lib/guard/scans';
import { err, ok, type Result } from '@lib/kernel';
import type { Call } from '@lib/platform/http';
import { writeDrafts } from '../analyze-scan/write-drafts.ts';
import type { ScanDeps } from '../scan-deps.ts';
import { findSameImport, findSourceKind, insertScan } from '../scan.store.ts';
import { importCertificate } from './import-certificate.ts';
import { receiveLog, type ReceiveError } from './receive-log.ts';

/** Why results were not taken. */
export type ImportRefused = ReceiveError | SarifError | { readonly code: 'repository.not_found' | 'connect.uploads_off' };

type Import = Pick<Call<typeof route>, 'caller' | 'params' | 'raw' | 'slot'>;

/**
 * Takes in what other tools found. Their results become drafts of a scan that has nothing left to do but to be recorded, so that they have
 * evidence, history and triage as our own. The drafts are on disk before their row is written. Errors: see `ImportRefused`.
 */
export async function importResults(deps: ScanDeps, { caller, params, raw, slot }: Import): Promise<Result<ScanView, ImportRefused>> {
  if (deps.workDirectory === undefined) return err({ code: 'connect.uploads_off' });
  const { repositoryId } = params;
  const kind = await deps.tenancy.withTenant(caller, 'look before an import', (tx) => findSourceKind(tx, repositoryId));
  if (kind === undefined) return err({ code: 'repository.not_found' });
  const log = await receiveLog(raw);
  if (!log.ok) return log;
  const runs = readSarif(log.value.text);
  if (!runs.ok) return runs;
  const coverage = importCertificate(runs.value, log.value.sha256);
  const same = await takeSame(deps, { caller, params, raw, slot }, { coverage, sha256: log.value.sha256 });
  if (same !== undefined) return ok(same);
  const drafts = runs.value.flatMap((run) => run.drafts).slice(0, limits.findingsPerScanMax);
  const scanId = scanIdSchema.parse(deps.ids.uuid());
  const folder = scanFolder(deps.workDirectory, { tenantId: caller.tenantId, scanId });
  await mkdir(folder.root, { recursive: true });
  try {
    const draftsSha256 = await leaveDrafts(folder.drafts, drafts);
    const figures = { coverage, draftsSha256, findingCount: drafts.length };
    const scan = await deps.tenancy.withTenant(caller, 'import results', async (tx) => {
      const requestedBy = `${caller.actor.type}:${caller.actor.id}`;
      const made = await insertScan(tx, { id: scanId, repositoryId, archiveId: undefined, options: {}, requestedBy });
      if (made === undefined) return undefined;
      await openScan(tx, scanId);
      await moveScan(tx, scanId, { stage: 'record', ...figures });
      const detail = {
        sha256: log.value.sha256,
        findingCount: drafts.length,
        tools: toolsOf(coverage),
      };
      await recordAudit(tx, { action: 'results.imported', targets: targetsOf(scanId, repositoryId), outcome: 'success', detail }, deps);
      await enqueueJob(tx, 'findings.record', { tenantId: caller.tenantId, scanId }, deps.ids);
      await keepAnswer(tx, slot, { status: 202, value: made });
      return made;
    });
    if (scan !== undefined) return ok(scan);
  } catch (error) {
    await rm(folder.root, { recursive: true, force: true });
    throw error;
  }
  await rm(folder.root, { recursive: true, force: true });
  return err({ code: 'repository.not_found' });
}

type Taken = { readonly coverage: CoverageCertificate; readonly sha256: string };

/** Answers the scan that has recorded exactly these results already: nothing is written but who brought them again. */
async function takeSame(deps: ScanDeps, { caller, params, slot }: Import, { coverage, sha256 }: Taken): Promise<ScanView | undefined> {
  const { resultsSha256 } = coverage;
  const tools = coverage.analyzers.flatMap((run) => run.tool ?? []);
  if (resultsSha256 === undefined || tools.length === 0) return undefined;
  return deps.tenancy.withTenant(caller, 'import results again', async (tx) => {
    const same = await findSameImport(tx, params.repositoryId, { resultsSha256, tools });
    if (same === undefined) return undefined;
    const detail = { sha256, findingCount: same.findingCount, tools: toolsOf(coverage) };
    await recordAudit(
      tx,
      { action: 'results.imported', targets: targetsOf(same.id, params.repositoryId), outcome: 'success', detail },
      deps,
    );
    await keepAnswer(tx, slot, { status: 202, value: same });
    return same;
  });
}

const toolsNamedMax = 10; // words that the log takes; the certificate names all

function toolsOf({ analyzers }: CoverageCertificate): string {
  return analyzers
    .flatMap((run) => run.tool ?? [])
    .slice(0, toolsNamedMax)
    .join(' ');
}

function targetsOf(scanId: ScanId, repositoryId: string) {
  return [
    { type: 'scan', id: scanId },
    { type: 'repository', id: repositoryId },
  ];
}

async function leaveDrafts(file: string, drafts: readonly FindingDraft[]): Promise<string> {
  const target = await writeDrafts(file);
  try {
    for (const draft of drafts) await target.write(draft);
    return await target.finish();
  } finally {
    await target.close();
  }
}
