import { z } from 'zod';
import { instantSchema, limits } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

/**
 * Notes in the tenant's log that something is read in this transaction. MUST be sent before what it is for: without it the policies show
 * nothing, and where it fails the transaction does.
 */
export async function noteRead(tx: TenantTx, what: string): Promise<void> {
  await tx.query(sql('staff.note-read')`select app.note_staff_read(${what})`);
}

const tenantSchema = z.object({ name: z.string(), created_at: instantSchema, log_size: z.int().nullable() });
const repositorySchema = z.object({ id: z.uuid(), name: z.string(), created_at: instantSchema });
const scanSchema = z.object({
  id: z.uuid(),
  repository_id: z.uuid(),
  state: z.string(),
  stage: z.string(),
  finding_count: z.int(),
  error_code: z.string().nullable(),
  created_at: instantSchema,
  finished_at: instantSchema.nullable(),
});
const jobSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  state: z.string(),
  attempts: z.int(),
  error_code: z.string().nullable(),
  created_at: instantSchema,
});

/** The tenant's name and how far its log is; nothing where the elevation is over. */
export async function findTenantFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.tenant')`
    select t.name, t.created_at, a.size as log_size from app.tenant t left join app.audit_tree a on a.tenant_id = t.tenant_id
    where t.tenant_id = ${tx.context.tenantId}`);
  return rows[0] === undefined ? undefined : tenantSchema.parse(rows[0]);
}

/** Repositories by name, as many as fit a page. */
export async function listRepositoryFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.repositories')`
    select id, name, created_at from app.repository where tenant_id = ${tx.context.tenantId} order by name, id limit ${limits.pageSizeMax}`);
  return rows.map((row) => repositorySchema.parse(row));
}

/** The newest scans. */
export async function listScanFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.scans')`
    select id, repository_id, state, stage, finding_count, error_code, created_at, finished_at from app.scan
    where tenant_id = ${tx.context.tenantId} order by created_at desc, id desc limit ${limits.pageSizeDefault}`);
  return rows.map((row) => scanSchema.parse(row));
}

/** The newest jobs that have not been done. */
export async function listJobFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.jobs')`
    select id, kind, state, attempts, error_code, created_at from app.job
    where tenant_id = ${tx.context.tenantId} and state <> 'done' order by created_at desc, id desc limit ${limits.pageSizeDefault}`);
  return rows.map((row) => jobSchema.parse(row));
}

const findingSchema = z.object({
  id: z.uuid(),
  repository_id: z.uuid(),
  rule_id: z.string(),
  severity: z.int(),
  score: z.int(),
  title: z.string(),
  path: z.string(),
  start_line: z.int(),
  state: z.string(),
  first_seen_at: instantSchema,
});

/** The worst findings, as many as fit a page. */
export async function listFindingFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.findings')`
    select id, repository_id, rule_id, severity, score, title, path, start_line, state, first_seen_at from app.finding
    where tenant_id = ${tx.context.tenantId} order by score desc, id limit ${limits.pageSizeMax}`);
  return rows.map((row) => findingSchema.parse(row));
}

const packSchema = z.object({
  id: z.uuid(),
  scan_id: z.uuid(),
  bytes: z.int(),
  sha256: z.instanceof(Uint8Array).transform((bytes) => Buffer.from(bytes).toString('hex')),
  entry_count: z.int(),
  sealed_at: instantSchema,
  retain_until: instantSchema,
});

/** What was sealed last: digests and dates. */
export async function listPackFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.packs')`
    select id, scan_id, bytes, sha256, entry_count, sealed_at, retain_until from app.evidence_pack
    where tenant_id = ${tx.context.tenantId} order by sealed_at desc, id limit ${limits.pageSizeMax}`);
  return rows.map((row) => packSchema.parse(row));
}
