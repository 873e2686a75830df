import { rm } from 'node:fs/promises';
import type { FindingDraft, SandboxEnding } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { evidenceEntry, readClockMs, recordPack, sealPack, type SealDeps, type SealedEvidence } from '@lib/guard/evidence';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import { endScan, findScanWork, scanFolder, type ScanWork } from '@lib/guard/scans';
import type { TenantContext, Tenancy, TenantTx } from '@lib/guard/tenancy';
import { present, type Clock, type Result } from '@lib/kernel';
import { closeUnseen } from '../findings.store.ts';
import { tellByFirst } from '../tool-sightings.store.ts';
import { readDrafts, type DraftsError } from './read-drafts.ts';
import { saveDrafts } from './save-drafts.ts';
import { settleClaims } from './settle-claims.ts';

export type RecordDeps = SealDeps & { readonly tenancy: Tenancy; readonly clock: Clock; readonly workDirectory: string };

/**
 * Turns the drafts of an analysis into findings with proof. Evidence is sealed first; then everything that says so is one transaction:
 * pack heads, findings, sightings, findings that are gone, the scan's end, the audit events, the job's end.
 * Errors: Faults of the store, the keys or the database; the job is then tried again and seals anew: what the first attempt sealed is
 * cited by nothing, and swept after its date.
 */
export async function recordFindings(deps: RecordDeps, job: RunningJob<'findings.record'>): Promise<void> {
  const { scanId } = job.payload;
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const folder = scanFolder(deps.workDirectory, job.payload);
  const work = await deps.tenancy.withTenant(context, 'findings.record', async (tx) => {
    const found = await findScanWork(tx, scanId);
    if (found?.state === 'running') return { ...found, sealedAtMs: await readClockMs(tx) };
    await completeJob(tx, job); // the scan has ended meanwhile
    return undefined;
  });
  if (work !== undefined) {
    const drafts = await readDrafts(folder.drafts, work.drafts_sha256);
    const sealed = drafts.ok ? await seal(deps, { job, work, drafts: drafts.value }) : { packs: [], refs: [] };
    job.signal.throwIfAborted();
    await deps.tenancy.withTenant(context, 'findings.record', (tx) => record(deps, tx, { job, work, drafts, sealed }));
  }
  await rm(folder.root, { recursive: true, force: true });
}

type TimedWork = ScanWork & { readonly sealedAtMs: number };
type Sealing = { readonly job: RunningJob<'findings.record'>; readonly work: TimedWork; readonly drafts: readonly FindingDraft[] };

function seal(deps: RecordDeps, { job, work, drafts }: Sealing): Promise<SealedEvidence> {
  const owner = { tenantId: job.tenantId, scanId: job.payload.scanId };
  const { analyzers: runs, treeSha256 } = present(work.coverage, 'certificate of an analysed scan');
  const source = { treeSha256, commit: work.commit_id };
  const runOf = (draft: FindingDraft) => {
    const run = runs.find(
      ({ analyzer, tool }) => analyzer === draft.analyzer && (tool === undefined || draft.ruleId.startsWith(`${tool}/`)),
    );
    return { version: run?.version ?? 'unfinished', ruleDigest: run?.ruleDigest ?? null };
  };
  return sealPack(deps, {
    ...owner,
    sealedAtMs: work.sealedAtMs,
    entries: drafts.map((draft) => evidenceEntry({ ...owner, source, run: runOf(draft) }, draft)),
  });
}

/** What a customer reads about a scan that is not complete, by how its analysis ended. */
const incompleteCodes: Readonly<Record<SandboxEnding, string>> = {
  finished: 'scan.not_all_covered',
  timed_out: 'scan.timed_out',
  cancelled: 'scan.cancelled',
  crashed: 'scan.analyzer_crashed',
  escape_attempt: 'sandbox.escape_attempt',
  protocol_error: 'sandbox.protocol_error',
};

type Recording = Omit<Sealing, 'drafts'> & {
  readonly drafts: Result<readonly FindingDraft[], DraftsError>;
  readonly sealed: SealedEvidence;
};

async function record(deps: RecordDeps, tx: TenantTx, { job, work, drafts, sealed }: Recording): Promise<void> {
  const { scanId } = job.payload;
  // what is sealed is swept when it is due, cited or not
  if (sealed.packs.length > 0) {
    const dueAt = present(sealed.packs.map((pack) => pack.retainUntil).toSorted()[0], 'date of a sealed pack');
    await enqueueJob(tx, 'evidence.expire', job.payload, deps.ids, dueAt);
  }
  // the row is held from here on: a scan that ended while the evidence was sealed gets nothing written
  if ((await findScanWork(tx, scanId))?.state !== 'running') {
    await completeJob(tx, job);
    return;
  }
  if (!drafts.ok) {
    await endScan(deps, tx, { scanId, state: 'failed', errorCode: drafts.error.code });
    await completeJob(tx, job);
    return;
  }
  const coverage = present(work.coverage, 'certificate of an analysed scan');
  const scan = { repositoryId: work.repository_id, scanId, side: work.side };
  await recordPack(tx, sealed);
  const saved = await saveDrafts(tx, scan, { drafts: drafts.value, refs: sealed.refs, ids: deps.ids });
  const ended = coverage.complete && !work.side ? await closeUnseen(tx, scan, coverage.analyzers) : [];
  const told = work.side ? [] : [...new Set([...saved.shared, ...ended])];
  if (told.length > 0) await tellByFirst(tx, told);
  await settleClaims(deps, tx, scan);
  for (const pack of sealed.packs) {
    const detail = { merkleRoot: pack.merkleRoot, entryCount: pack.entryCount, sha256: pack.sha256 };
    const targets = [
      { type: 'pack', id: pack.id },
      { type: 'scan', id: scanId },
    ];
    await recordAudit(tx, { action: 'evidence.sealed', targets, outcome: 'success', detail }, deps);
  }
  const ending = coverage.complete
    ? ({ state: 'succeeded' } as const)
    : ({ state: 'incomplete', errorCode: incompleteCodes[coverage.ending ?? 'finished'] } as const);
  await endScan(deps, tx, { scanId, ...ending, findingCount: saved.findingCount });
  await completeJob(tx, job);
}
