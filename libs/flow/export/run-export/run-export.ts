import { limits, type ExportId } from '@lib/contract';
import { parseCheckpoint, sameHash, leafHash } from '@lib/engine/tlog';
import { Fault, type Clock, type Ids } from '@lib/kernel';
import { listJobLeaves, readJobTile, recordAudit } from '@lib/guard/audit';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { Sealer } from '@lib/platform/kms';
import type { ObjectWriter } from '@lib/platform/objects';
import { bundleHead } from '../bundle/bundle-head.ts';
import { bundleWriter, type StreamBytes } from '../bundle/bundle-writer.ts';
import { bundleBytes } from '../bundle/join-bundle.ts';
import type { BundlePlan } from '../bundle/bundle-plan.ts';
import { findExport, finishExport, listParts, saveProgress, type ExportPart } from '../export.store.ts';
import { verifierText } from '../standalone/verifier-text.ts';
import { viewGroupLeaves } from '../views/audit-view.ts';
import type { LeafRecord } from '../views/leaf-record.ts';
import { gatherStreams, type Gathered } from './gather-streams.ts';
import { exportPrefix, sealPart } from './seal-part.ts';
import { stretchSizes } from './stretches-of.ts';

export type RunExportDeps = {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly kms: Pick<Sealer, 'seal'>;
  readonly objects: ObjectWriter;
};

type Running = {
  readonly deps: RunExportDeps;
  readonly job: RunningJob<'export.bundle'>;
  readonly context: TenantContext;
  readonly id: ExportId;
};

/**
 * Makes the bundle of an export, one pass over the log. After some megabytes what was made is sealed, stored and written down with the
 * writer's state, so that another attempt goes on from there. Nothing is read back: the worker seals and cannot open. Memory: one group of leaves and the parts being gathered.
 * Faults: `export.log_broken` when the stored log does not lead to its signed root; those of store and keys; `job.lease_lost`.
 */
export async function runExport(deps: RunExportDeps, job: RunningJob<'export.bundle'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const id = job.payload.exportId;
  const running: Running = { deps, job, context, id };
  const [row, written] = await deps.tenancy.withTenant(context, 'export.bundle', (tx) =>
    Promise.all([findExport(tx, id), listParts(tx, id)]),
  );
  if (row?.state !== 'running') return deps.tenancy.withTenant(context, 'export.bundle', (tx) => completeJob(tx, job));
  const { plan } = row;
  const writer = bundleWriter(plan, row.progress ?? undefined);
  const gathered = gatherStreams(written);
  let saved = row.done;
  for (let from = saved; from < plan.size; from += viewGroupLeaves) {
    job.signal.throwIfAborted();
    gathered.add(writer.take(await readGroup(running, from, Math.min(viewGroupLeaves, plan.size - from))));
    const isLast = from + viewGroupLeaves >= plan.size;
    if (isLast || gathered.bytes() < limits.exportPartBytes) continue;
    const parts = await store(running, gathered);
    const state = writer.state();
    await deps.tenancy.withTenant(context, 'export.bundle', (tx) => saveProgress(tx, id, { from: saved, state, parts }));
    saved = state.size;
  }
  await finish(running, plan, { saved, gathered, end: writer.finish() });
}

async function readGroup({ deps, context, job }: Running, from: number, count: number): Promise<readonly LeafRecord[]> {
  const leaves: LeafRecord[] = [];
  while (leaves.length < count) {
    const at = from + leaves.length;
    const page = Math.min(limits.exportPageLeaves, count - leaves.length);
    const rows = await deps.tenancy.withTenantOnce(context, 'export.bundle', (tx) => listJobLeaves(tx, job.id, { from: at, count: page }));
    const wrong =
      rows.length !== page || rows.some(({ idx, hash, entry }, place) => idx !== at + place || !sameHash(leafHash(entry), hash));
    // a job that lost its lease is shown nothing: its faults are not told of the log
    if (wrong) job.signal.throwIfAborted();
    if (wrong) throw new Fault('export.log_broken', { internal: `entries ${String(at)} to ${String(at + page - 1)}` });
    leaves.push(...rows.map(({ idx, hash, entry }) => ({ index: idx, hash, entry })));
  }
  return leaves;
}

async function store({ deps, job, id }: Running, gathered: Gathered): Promise<readonly ExportPart[]> {
  const folder = `${exportPrefix(job.tenantId, id)}${String(job.attempt)}`;
  const parts: ExportPart[] = [];
  for (const { stream, place, bytes } of gathered.take()) {
    parts.push(await sealPart(deps, { tenantId: job.tenantId, folder, stream, place }, bytes));
  }
  return parts;
}

type Ending = {
  readonly saved: number;
  readonly gathered: Gathered;
  readonly end: { readonly streams: readonly StreamBytes[]; readonly root: Uint8Array; readonly matched: number };
};

async function finish(running: Running, plan: BundlePlan, { saved, gathered, end }: Ending): Promise<void> {
  const { deps, context, id, job } = running;
  const signed = parseCheckpoint(plan.checkpoint.slice(0, plan.checkpoint.indexOf('\n\n') + 1));
  if (!signed.ok || !sameHash(signed.value.root, end.root))
    throw new Fault('export.log_broken', { internal: 'the entries lead to another root' });
  const readTile = (path: string) => deps.tenancy.withTenant(context, 'export.bundle', (tx) => readJobTile(tx, job.id, path));
  const head = await bundleHead(plan, { root: end.root, matched: end.matched, readTile, verifier: await verifierText() });
  gathered.add([...end.streams, { stream: 'head', bytes: head }]);
  const parts = await store(running, gathered);
  const before = await deps.tenancy.withTenantOnce(context, 'export.bundle', (tx) => listParts(tx, id));
  const bytes = bundleBytes(stretchSizes([...before, ...parts]));
  const detail = { size: plan.size, matched: end.matched, bytes };
  await deps.tenancy.withTenant(context, 'export.bundle', async (tx) => {
    const expiresAt = await finishExport(tx, id, { from: saved, matched: end.matched, bytes, parts, keptMs: limits.exportKeptMs });
    await recordAudit(tx, { action: 'audit.export_finished', targets: [{ type: 'export', id }], outcome: 'success', detail }, deps);
    await enqueueJob(tx, 'export.expire', job.payload, deps.ids, expiresAt);
    await completeJob(tx, job);
  });
}
