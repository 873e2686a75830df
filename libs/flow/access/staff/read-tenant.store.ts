import { z } from 'zod';
import {
  instantSchema,
  limits,
  staffEvidenceSchema,
  staffFindingsSchema,
  staffMetadataSchema,
  type StaffEvidence,
  type StaffFindings,
  type StaffMetadata,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

/**
 * Notes in the tenant's log that something is read in this transaction. MUST be sent before what it is for: without it the policies show
 * nothing, and where it fails the transaction does.
 */
export async function noteRead(tx: TenantTx, what: string): Promise<void> {
  await tx.query(sql('staff.note-read')`select app.note_staff_read(${what})`);
}

const tenantSchema = z.object({ name: z.string(), createdAt: instantSchema, logSize: z.int().nullable() });
const { repositories, scans, jobs } = staffMetadataSchema.shape;
const { findings } = staffFindingsSchema.shape;
const { packs } = staffEvidenceSchema.shape;

/** The tenant's name and how far its log is; nothing where the elevation is over. */
export async function findTenantFacts(tx: TenantTx) {
  const rows = await tx.query(sql('staff.tenant')`
    select t.name, t.created_at as "createdAt", a.size as "logSize" from app.tenant t left join app.audit_tree a on a.tenant_id = t.tenant_id
    where t.tenant_id = ${tx.context.tenantId}`);
  return rows[0] === undefined ? undefined : tenantSchema.parse(rows[0]);
}

/** Repositories by name, as many as fit a page. */
export async function listRepositoryFacts(tx: TenantTx): Promise<StaffMetadata['repositories']> {
  const rows = await tx.query(sql('staff.repositories')`
    select id, name, created_at as "createdAt" from app.repository
    where tenant_id = ${tx.context.tenantId} order by name, id limit ${limits.pageSizeMax}`);
  return repositories.parse(rows);
}

/** The newest scans. */
export async function listScanFacts(tx: TenantTx): Promise<StaffMetadata['scans']> {
  const rows = await tx.query(sql('staff.scans')`
    select id, repository_id as "repositoryId", state, stage, finding_count as "findingCount", error_code as "errorCode",
      created_at as "createdAt", finished_at as "finishedAt"
    from app.scan where tenant_id = ${tx.context.tenantId} order by created_at desc, id desc limit ${limits.pageSizeDefault}`);
  return scans.parse(rows);
}

/** The newest jobs that have not been done. */
export async function listJobFacts(tx: TenantTx): Promise<StaffMetadata['jobs']> {
  const rows = await tx.query(sql('staff.jobs')`
    select id, kind, state, attempts, error_code as "errorCode", created_at as "createdAt" from app.job
    where tenant_id = ${tx.context.tenantId} and state <> 'done' order by created_at desc, id desc limit ${limits.pageSizeDefault}`);
  return jobs.parse(rows);
}

/** The worst findings, as many as fit a page. */
export async function listFindingFacts(tx: TenantTx): Promise<StaffFindings['findings']> {
  const rows = await tx.query(sql('staff.findings')`
    select id, repository_id as "repositoryId", rule_id as "ruleId", severity, score, title, path, start_line as "startLine",
      app.standing(state, suppressed_until) as state, first_seen_at as "firstSeenAt"
    from app.finding where tenant_id = ${tx.context.tenantId} order by score desc, id limit ${limits.pageSizeMax}`);
  return findings.parse(rows);
}

/** What was sealed last: digests and dates. */
export async function listPackFacts(tx: TenantTx): Promise<StaffEvidence['packs']> {
  const rows = await tx.query(sql('staff.packs')`
    select id, scan_id as "scanId", bytes, encode(sha256, 'hex') as sha256, entry_count as "entryCount", sealed_at as "sealedAt",
      retain_until as "retainUntil"
    from app.evidence_pack where tenant_id = ${tx.context.tenantId} order by sealed_at desc, id limit ${limits.pageSizeMax}`);
  return packs.parse(rows);
}
