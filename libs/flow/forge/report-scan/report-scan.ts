import { limits, type ScanId } from '@lib/contract';
import { judgeScope } from '@lib/engine/scope';
import { recordAudit } from '@lib/guard/audit';
import { completeJob, type RunningJob } from '@lib/guard/jobs';
import { Fault, type Result } from '@lib/kernel';
import type { ForgeRefusal, RepositoryForge } from '@lib/platform/forge';
import { findReported, findSeenOnlyBy, updateReported, type ReportedChange, type SeenFinding } from '../changes.store.ts';
import { contextOf, type ForgeJobDeps } from '../forge-job-deps.ts';
import { findApp, type KnownApp } from '../forge.store.ts';
import { describeCheck, type DescribedCheck, type ToldScan } from './describe-check.ts';

type Job = RunningJob<'forge.report'>;
type Known = {
  readonly change: ReportedChange;
  readonly app: KnownApp;
  readonly introduced: readonly SeenFinding[];
  readonly fixed: readonly SeenFinding[];
};

/** The check run's name: with the head commit it is what the forge knows it by. */
const checkName = 'Aegis';

/**
 * Tells the forge how a scan stands. Each attempt says the state of now, and what was said before is remembered with the scan, so that a
 * repeated or late report adds nothing twice. Faults: `forge.*`; the job is tried again.
 */
export async function reportScan(deps: ForgeJobDeps, job: Job): Promise<void> {
  const known = await deps.tenancy.withTenant(contextOf(job), 'forge.report', async (tx) => {
    const change = await findReported(tx, job.payload.scanId);
    const app = change?.installation_state === 'active' ? await findApp(tx, change.app_id) : undefined;
    if (change === undefined || app === undefined || isTold(change)) {
      await completeJob(tx, job); // nobody to tell any more, or told
      return undefined;
    }
    const base = change.base_scan_id ?? undefined;
    const [introduced, fixed] = await Promise.all([
      findSeenOnlyBy(tx, job.payload.scanId, base),
      base === undefined ? Promise.resolve([]) : findSeenOnlyBy(tx, base, job.payload.scanId),
    ]);
    return { change, app, introduced, fixed };
  });
  if (known === undefined) return;
  const { change, app } = known;
  const grant = { installation: change.installation_external_id, repository: change.external_id, permissions } as const;
  const told = await deps.forge.withToken({ tenantId: job.tenantId, ...app }, grant, (given) => tell(deps, { job, known, given }));
  if (!told.ok && told.error.code !== 'forge.gone' && told.error.code !== 'forge.forbidden') {
    throw new Fault('forge.refused', { internal: `a token for a check run: ${told.error.code}` });
  }
  await deps.tenancy.withTenant(contextOf(job), 'forge.report', async (tx) => {
    const state = told.ok ? told.value : 'lost';
    const targets = [{ type: 'scan', id: job.payload.scanId }];
    const outcome = told.ok ? 'success' : 'failure';
    await recordAudit(
      tx,
      { action: 'forge.check_reported', targets, outcome, detail: { state, introduced: known.introduced.length } },
      deps,
    );
    await completeJob(tx, job);
  });
}

const permissions = { metadata: 'read', contents: 'read', checks: 'write' } as const;

function isTold(change: ReportedChange): boolean {
  return change.trigger === 'base' || change.reported_state === 'completed';
}

type Telling = { readonly job: Job; readonly known: Known; readonly given: RepositoryForge };

async function tell(deps: ForgeJobDeps, { job, known, given }: Telling): Promise<string> {
  const { scanId } = job.payload;
  const check = describeCheck(await toldScan(deps, { job, known, given }));
  const { change } = known;
  const note = (checkId: number, annotated: number, state: string) =>
    deps.tenancy.withTenantOnce(contextOf(job), 'forge.report', (tx) => updateReported(tx, scanId, { checkId, annotated, state }));
  const checkId = change.check_id ?? (await openCheck(given, { change, scanId, check }));
  if (change.check_id === null) await note(checkId, 0, check.status === 'completed' ? 'open' : check.status);
  if (change.check_id === null && check.status === 'queued') return check.status;
  // the conclusion goes with the last batch: nobody sees a finished check that is still being filled
  const batches = batchesOf(check, change.annotated);
  let annotated = change.annotated;
  for (const [index, batch] of batches.entries()) {
    job.signal.throwIfAborted();
    const isLast = index === batches.length - 1;
    valueOf(await given.updateCheck(change.full_name, checkId, { ...(isLast ? check : unfinished(check)), annotations: batch }));
    annotated += batch.length;
    await note(checkId, annotated, isLast ? check.status : 'open');
  }
  return check.status;
}

function unfinished({ title, summary, detailsUrl }: DescribedCheck) {
  return { status: 'in_progress' as const, title, summary, ...(detailsUrl === undefined ? {} : { detailsUrl }) };
}

function batchesOf(check: DescribedCheck, told: number): readonly DescribedCheck['annotations'][] {
  const rest = check.annotations.slice(told);
  const count = Math.max(1, Math.ceil(rest.length / limits.checkAnnotationsPerRequest));
  return Array.from({ length: count }, (_, index) => {
    const start = index * limits.checkAnnotationsPerRequest;
    return rest.slice(start, start + limits.checkAnnotationsPerRequest);
  });
}

type Opening = { readonly change: ReportedChange; readonly scanId: ScanId; readonly check: DescribedCheck };

// One that an earlier attempt made, before it could say so, is found again by our id in it.
async function openCheck(given: RepositoryForge, { change, scanId, check }: Opening): Promise<number> {
  const named = { headSha: change.commit, name: checkName, externalId: scanId };
  const found = valueOf(await given.findCheck(change.full_name, named));
  if (found !== undefined) return found;
  const state = check.status === 'completed' ? unfinished(check) : check;
  return valueOf(await given.createCheck(change.full_name, { ...named, ...state, annotations: [] }));
}

async function toldScan(deps: ForgeJobDeps, { job, known, given }: Telling): Promise<ToldScan> {
  const { change } = known;
  const today = new Date(deps.clock.nowMs()).toISOString().slice(0, 10);
  const judged = known.introduced
    .filter((finding) => change.base !== null || finding.fresh)
    .map((finding) => ({ finding, verdict: change.scope === null ? 'counts' : judgeScope(change.scope, finding, today) }));
  const ended = change.state !== 'queued' && change.state !== 'running';
  const { publicOrigin } = deps;
  return {
    state: change.state,
    stage: change.stage,
    files: change.files_total,
    errorCode: change.error_code,
    compared: change.base !== null,
    comparable: change.base_scan_id === null || (change.base_state !== 'queued' && change.base_state !== 'running'),
    introduced: judged.flatMap(({ finding, verdict }) => (verdict === 'counts' || verdict === 'lapsed' ? [finding] : [])),
    fixed: known.fixed,
    letBe: judged.filter(({ verdict }) => verdict === 'ignored' || verdict === 'excluded').length,
    lapsed: judged.filter(({ verdict }) => verdict === 'lapsed').length,
    changed: change.base === null || !ended ? undefined : await changedLinesOf(given, change, change.base),
    failOn: change.fail_on,
    detailsUrl: publicOrigin === undefined ? undefined : `${publicOrigin}/scans/${job.payload.scanId}`,
  };
}

async function changedLinesOf(given: RepositoryForge, change: ReportedChange, base: string): Promise<ToldScan['changed']> {
  const compared = valueOf(await given.compare(change.full_name, base, change.commit));
  return new Map(compared.files.map(({ path, lines }) => [path, lines]));
}

function valueOf<T>(answer: Result<T, ForgeRefusal>): T {
  if (answer.ok) return answer.value;
  throw new Fault('forge.refused', { internal: `a check run: ${answer.error.code} ${String(answer.error.status ?? '')}` });
}
