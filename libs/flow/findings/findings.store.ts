import { z } from 'zod';
import { findingIdSchema, type AnalyzerRun, type EvidenceRef, type FindingId, type RepositoryId, type ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import type { FindingRow } from './record-findings/finding-row.ts';

/** Which scan of which repository is recorded. */
export type ScanOf = { readonly repositoryId: RepositoryId; readonly scanId: ScanId };

const savedSchema = z.object({ id: findingIdSchema, reopened: z.boolean() });

/**
 * Adds what is new and renews what is known, by id. One statement; rows are sorted by their key, so that two imports lock in one order. An id MUST
 * occur once in `rows`.
 */
export async function saveFindings(tx: TenantTx, scan: ScanOf, rows: readonly FindingRow[]): Promise<void> {
  const saved = await tx.query(sql('findings.save')`
    insert into app.finding as f (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
      title, path, start_line, detail, content_sha256, first_scan_id, last_scan_id)
    select ${tx.context.tenantId}::uuid, r.id, ${scan.repositoryId}::uuid, decode(r.fingerprint, 'hex'), r.analyzer, r.rule_id,
      r.rule_version, r.severity, r.confidence, r.score, r.title, r.path, r.start_line, r.detail,
      decode(r.content_sha256, 'hex'), ${scan.scanId}::uuid, ${scan.scanId}::uuid
    from jsonb_to_recordset(${JSON.stringify(sorted(rows))}::jsonb) as r (id uuid, fingerprint text, analyzer text, rule_id text,
      rule_version integer, severity smallint, confidence smallint, score smallint, title text, path text, start_line integer, detail jsonb,
      content_sha256 text)
    on conflict (tenant_id, id) do update set
      fingerprint = excluded.fingerprint, rule_id = excluded.rule_id, rule_version = excluded.rule_version, severity = excluded.severity,
      confidence = excluded.confidence, score = excluded.score, title = excluded.title, path = excluded.path,
      start_line = excluded.start_line, detail = excluded.detail, content_sha256 = excluded.content_sha256,
      state = case f.state when 'fixed' then 'reopened' when 'proposed' then 'open' else f.state end,
      reopened_scan_id = case when f.state = 'fixed' then excluded.last_scan_id else f.reopened_scan_id end,
      last_scan_id = excluded.last_scan_id
    returning f.id, f.reopened_scan_id is not distinct from ${scan.scanId}::uuid as reopened`);
  const reopened = saved.map((row) => savedSchema.parse(row)).filter((row) => row.reopened);
  if (reopened.length > 0)
    await noteReopened(
      tx,
      scan.scanId,
      reopened.map(({ id }) => id),
    );
}

function sorted(rows: readonly FindingRow[]): readonly FindingRow[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function noteReopened(tx: TenantTx, scanId: ScanId, ids: readonly FindingId[]): Promise<void> {
  const { tenantId, actor } = tx.context;
  await tx.query(sql('findings.note-reopened')`
    insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, scan_id)
    select ${tenantId}::uuid, gen_random_uuid(), r.id, ${actor.type}, ${actor.id}, 'fixed', 'reopened', ${scanId}::uuid
    from unnest(${ids}::uuid[]) as r (id)`);
}

/** Notes that findings were seen again which another tool tells. */
export async function touchFindings(tx: TenantTx, scan: ScanOf, ids: readonly FindingId[]): Promise<void> {
  const touched = await tx.query(sql('findings.touch')`
    update app.finding f set
      state = case f.state when 'fixed' then 'reopened' when 'proposed' then 'open' else f.state end,
      reopened_scan_id = case when f.state = 'fixed' then ${scan.scanId}::uuid else f.reopened_scan_id end,
      last_scan_id = ${scan.scanId}::uuid
    where f.tenant_id = ${tx.context.tenantId} and f.id = any(${ids}::uuid[])
    returning f.id, f.reopened_scan_id is not distinct from ${scan.scanId}::uuid as reopened`);
  const reopened = touched.map((row) => savedSchema.parse(row)).filter((row) => row.reopened);
  if (reopened.length > 0)
    await noteReopened(
      tx,
      scan.scanId,
      reopened.map(({ id }) => id),
    );
}

/**
 * The same for a scan that moves no finding, of a change or of what it is compared with: what is known stays as it is, and what is new is
 * nobody's yet.
 */
export async function proposeFindings(tx: TenantTx, scan: ScanOf, rows: readonly FindingRow[]): Promise<void> {
  await tx.query(sql('findings.propose')`
    insert into app.finding as f (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
      title, path, start_line, detail, content_sha256, first_scan_id, last_scan_id, state)
    select ${tx.context.tenantId}::uuid, r.id, ${scan.repositoryId}::uuid, decode(r.fingerprint, 'hex'), r.analyzer, r.rule_id,
      r.rule_version, r.severity, r.confidence, r.score, r.title, r.path, r.start_line, r.detail,
      decode(r.content_sha256, 'hex'), ${scan.scanId}::uuid, ${scan.scanId}::uuid,
      'proposed'
    from jsonb_to_recordset(${JSON.stringify(sorted(rows))}::jsonb) as r (id uuid, fingerprint text, analyzer text, rule_id text,
      rule_version integer, severity smallint, confidence smallint, score smallint, title text, path text, start_line integer, detail jsonb,
      content_sha256 text)
    on conflict (tenant_id, id) do nothing`);
}

/** What a scan saw, and where its proof lies. */
export type Sighting = { readonly findingId: FindingId; readonly toolSightingId?: string | undefined; readonly evidence: EvidenceRef };

/** Notes that a scan saw these findings, each with its slice of an evidence pack. */
export async function saveSightings(tx: TenantTx, scanId: ScanId, sightings: readonly Sighting[]): Promise<void> {
  const column = <T>(of: (sighting: Sighting) => T): readonly T[] => sightings.map(of);
  await tx.query(sql('findings.save-sightings')`
    insert into app.sighting (tenant_id, scan_id, finding_id, tool_sighting_id, pack_id, pack_offset, pack_length, leaf_index, sha256)
    select ${tx.context.tenantId}::uuid, ${scanId}::uuid, r.finding_id, r.tool_sighting_id, r.pack_id, r.pack_offset, r.pack_length, r.leaf_index,
      decode(r.sha256, 'hex')
    from unnest(${column((s) => s.findingId)}::uuid[], ${column((s) => s.toolSightingId ?? null)}::uuid[], ${column((s) => s.evidence.packId)}::uuid[],
      ${column((s) => s.evidence.offset)}::integer[], ${column((s) => s.evidence.length)}::integer[],
      ${column((s) => s.evidence.leafIndex)}::integer[], ${column((s) => s.evidence.sha256)}::text[])
      as r (finding_id, tool_sighting_id, pack_id, pack_offset, pack_length, leaf_index, sha256)`);
}

/**
 * Ends what the tools of a complete scan no longer say, and sets to fixed what no tool says any more, whatever was decided about it, with a line in
 * its history. Tools are the analyzers that ran, or those whose results were imported. Answers the findings of which a sighting ended.
 */
export async function closeUnseen(
  tx: TenantTx,
  scan: ScanOf,
  runs: readonly Pick<AnalyzerRun, 'analyzer' | 'tool'>[],
): Promise<readonly FindingId[]> {
  const tools = runs.flatMap(({ analyzer, tool }) => (analyzer === 'import' ? (tool ?? []) : analyzer));
  const { tenantId, actor } = tx.context;
  const rows = await tx.query(sql('findings.close-unseen')`
    with ended as (
      update app.tool_sighting t set ended_scan_id = ${scan.scanId}::uuid from app.finding f
      where t.tenant_id = ${tenantId} and t.repository_id = ${scan.repositoryId} and t.tool = any(${tools}::text[])
        and t.ended_scan_id is null and t.last_scan_id <> ${scan.scanId}
        and f.tenant_id = ${tenantId} and f.id = t.finding_id and f.state <> 'proposed'
      returning t.id, t.finding_id
    ), unseen as (
      select f.id, f.state from app.finding f
      where f.tenant_id = ${tenantId} and f.id in (select finding_id from ended) and f.state not in ('fixed', 'proposed')
        and not exists (select from app.tool_sighting o where o.tenant_id = ${tenantId} and o.finding_id = f.id and o.ended_scan_id is null
          and o.id not in (select id from ended))
      order by f.id for update
    ), closed as (
      update app.finding f set state = 'fixed', fixed_scan_id = ${scan.scanId}::uuid from unseen u
      where f.tenant_id = ${tenantId} and f.id = u.id
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, scan_id)
      select ${tenantId}::uuid, gen_random_uuid(), u.id, ${actor.type}, ${actor.id}, u.state, 'fixed', ${scan.scanId}::uuid from unseen u
    )
    select distinct finding_id as id from ended`);
  return rows.map((row) => savedSchema.pick({ id: true }).parse(row).id);
}
