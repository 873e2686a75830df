import { auditExportSchema, exportIdSchema, limits, type ExportId } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { Row, TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import { z } from 'zod';
import { bundlePlanSchema, type BundlePlan } from './bundle/bundle-plan.ts';
import { writerStateSchema, type WriterState } from './bundle/bundle-writer.ts';

const bytesSchema = z.instanceof(Uint8Array);
const rowSchema = z.object({
  id: exportIdSchema,
  state: auditExportSchema.shape.state,
  plan: bundlePlanSchema,
  progress: writerStateSchema.nullable(),
  size: z.int(),
  done: z.int(),
  matched: z.int().nullable(),
  bytes: z.int().nullable(),
  error_code: z.string().nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  expires_at: z.string().nullable(),
});

const endedSchema = z.object({ expires_at: z.string() });
const endSchema = z.object({ over: z.boolean(), expires_at: z.string().nullable() });

/** An export as it is stored. */
export type ExportRow = z.infer<typeof rowSchema>;

/** One sealed object of an export. Units: bytes that it holds when opened. */
export type ExportPart = {
  readonly stream: string;
  readonly place: number;
  readonly key: string;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
};

/** Writes what was asked for. */
export async function insertExport(tx: TenantTx, id: ExportId, plan: BundlePlan): Promise<ExportRow> {
  const rows = await tx.query(sql('export.insert')`
    insert into app.audit_export (tenant_id, id, plan, size) values (${tx.context.tenantId}, ${id}, ${JSON.stringify(plan)}::jsonb, ${plan.size})
    returning id, state, plan, progress, size, done, matched, bytes, error_code, created_at, finished_at, expires_at`);
  return rowOf(rows[0]);
}

/** One export, unless its time is over. */
export async function findExport(tx: TenantTx, id: ExportId): Promise<ExportRow | undefined> {
  const rows = await tx.query(sql('export.find')`
    select id, state, plan, progress, size, done, matched, bytes, error_code, created_at, finished_at, expires_at from app.audit_export
    where tenant_id = ${tx.context.tenantId} and id = ${id} and (expires_at is null or expires_at > clock_timestamp())`);
  return rows[0] === undefined ? undefined : rowOf(rows[0]);
}

/** Parts of an export by stream and place. */
export async function listParts(tx: TenantTx, id: ExportId): Promise<readonly ExportPart[]> {
  const rows = await tx.query(sql('export.parts')`
    select stream, place, object_key, object_version, sha256, bytes from app.audit_export_part
    where tenant_id = ${tx.context.tenantId} and export_id = ${id} order by stream, place limit ${limits.exportPartsMax}`);
  return rows.map(partOf);
}

/** Writes down parts and how far the writer is; a writer that was overtaken writes nothing. Faults: `job.lease_lost`. */
export async function saveProgress(
  tx: TenantTx,
  id: ExportId,
  step: { from: number; state: WriterState; parts: readonly ExportPart[] },
): Promise<void> {
  const rows = await tx.query(sql('export.progress')`
    update app.audit_export set progress = ${JSON.stringify(step.state)}::jsonb, done = ${step.state.size}
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running' and done = ${step.from} returning 1 as moved`);
  if (rows.length === 0) throw overtaken(id);
  await insertParts(tx, id, step.parts);
}

/** What an export is when it is whole. Units: bytes, ms. */
export type FinishedExport = {
  readonly from: number;
  readonly matched: number;
  readonly bytes: number;
  readonly parts: readonly ExportPart[];
  readonly keptMs: number;
};

/** Ends an export well; answers when its time is over. Faults: `job.lease_lost`. */
export async function finishExport(tx: TenantTx, id: ExportId, end: FinishedExport): Promise<string> {
  const rows = await tx.query(sql('export.finish')`
    update app.audit_export set state = 'ready', done = size, matched = ${end.matched}, bytes = ${end.bytes},
      progress = null, finished_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => ${end.keptMs / 1000})
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running' and done = ${end.from} returning expires_at`);
  if (rows[0] === undefined) throw overtaken(id);
  await insertParts(tx, id, end.parts);
  return endedSchema.parse(rows[0]).expires_at;
}

/** Ends an export that its job gave up. */
export async function failExport(tx: TenantTx, id: ExportId, errorCode: string): Promise<void> {
  await tx.query(sql('export.fail')`
    update app.audit_export set state = 'failed', error_code = ${errorCode}, finished_at = clock_timestamp()
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running'`);
}

/** Whether an export's time is over, or it was given up, and when it will be; nothing for one that is being made. By the database's clock. */
export async function findExportEnd(
  tx: TenantTx,
  id: ExportId,
): Promise<{ readonly isOver: boolean; readonly expiresAt: string | undefined } | undefined> {
  const rows = await tx.query(sql('export.end')`
    select state = 'failed' or expires_at <= clock_timestamp() as over, expires_at from app.audit_export
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state in ('ready', 'failed')`);
  if (rows[0] === undefined) return undefined;
  const { over, expires_at: expiresAt } = endSchema.parse(rows[0]);
  return { isOver: over, expiresAt: expiresAt ?? undefined };
}

/** Forgets what was stored for an export. */
export async function deleteParts(tx: TenantTx, id: ExportId): Promise<void> {
  await tx.query(sql('export.parts-drop')`
    delete from app.audit_export_part where tenant_id = ${tx.context.tenantId} and export_id = ${id}`);
}

async function insertParts(tx: TenantTx, id: ExportId, parts: readonly ExportPart[]): Promise<void> {
  if (parts.length === 0) return;
  await tx.query(sql('export.parts-add')`
    insert into app.audit_export_part (tenant_id, export_id, stream, place, object_key, object_version, sha256, bytes)
    select ${tx.context.tenantId}, ${id}, part.stream, part.place, part.key, part.version, decode(part.sha256, 'hex'), part.bytes
    from jsonb_to_recordset(${JSON.stringify(parts)}::jsonb)
      as part (stream text, place integer, key text, version text, sha256 text, bytes bigint)`);
}

function rowOf(row: Row | undefined): ExportRow {
  return rowSchema.parse(row);
}

const partSchema = z.object({
  stream: z.string(),
  place: z.int(),
  object_key: z.string(),
  object_version: z.string(),
  sha256: bytesSchema,
  bytes: z.int(),
});

function partOf(row: Row): ExportPart {
  const part = partSchema.parse(row);
  const sha256 = Buffer.from(part.sha256).toString('hex');
  return { stream: part.stream, place: part.place, key: part.object_key, version: part.object_version, sha256, bytes: part.bytes };
}

function overtaken(id: ExportId): Fault {
  return new Fault('job.lease_lost', { internal: `export \`${id}\` has moved on without this attempt` });
}
