import { findingIdSchema, type AnalyzerRun, type EvidenceRef, type FindingId, type RepositoryId, type ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import { z } from 'zod';
import type { FindingRow } from './record-findings/finding-row.ts';

const savedSchema = z.object({ id: findingIdSchema, fingerprint: z.string(), reopened: z.boolean() });

/**
 * Adds what is new, renews what is known (by fingerprint within the repository), and answers the id of each fingerprint.
 * One statement; rows are sorted by their key, so that two imports lock in one order. A fingerprint MUST occur once in `rows`.
 */
export async function saveFindings(
  tx: TenantTx,
  scan: { readonly repositoryId: RepositoryId; readonly scanId: ScanId },
  rows: readonly FindingRow[],
): Promise<ReadonlyMap<string, FindingId>> {
  const sorted = rows.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const saved = await tx.query(sql('findings.save')`
    insert into app.finding as f (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
      title, path, start_line, detail, first_scan_id, last_scan_id)
    select ${tx.context.tenantId}::uuid, r.id, ${scan.repositoryId}::uuid, decode(r.fingerprint, 'hex'), r.analyzer, r.rule_id,
      r.rule_version, r.severity, r.confidence, r.score, r.title, r.path, r.start_line, r.detail, ${scan.scanId}::uuid, ${scan.scanId}::uuid
    from jsonb_to_recordset(${JSON.stringify(sorted)}::jsonb) as r (id uuid, fingerprint text, analyzer text, rule_id text,
      rule_version integer, severity smallint, confidence smallint, score smallint, title text, path text, start_line integer, detail jsonb)
    on conflict (tenant_id, repository_id, fingerprint) do update set
      rule_version = excluded.rule_version, severity = excluded.severity, confidence = excluded.confidence, score = excluded.score,
      title = excluded.title, path = excluded.path, start_line = excluded.start_line, detail = excluded.detail,
      state = case f.state when 'fixed' then 'reopened' when 'proposed' then 'open' else f.state end,
      reopened_scan_id = case when f.state = 'fixed' then excluded.last_scan_id else f.reopened_scan_id end,
      last_scan_id = excluded.last_scan_id
    returning f.id, encode(f.fingerprint, 'hex') as fingerprint, f.reopened_scan_id is not distinct from ${scan.scanId}::uuid as reopened`);
  const rowsSaved = saved.map((row) => savedSchema.parse(row));
  const reopened = rowsSaved.filter((row) => row.reopened).map((row) => row.id);
  if (reopened.length > 0) await noteReopened(tx, scan.scanId, reopened);
  return new Map(rowsSaved.map((row) => [row.fingerprint, row.id]));
}

async function noteReopened(tx: TenantTx, scanId: ScanId, ids: readonly FindingId[]): Promise<void> {
  const { tenantId, actor } = tx.context;
  await tx.query(sql('findings.note-reopened')`
    insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, scan_id)
    select ${tenantId}::uuid, gen_random_uuid(), r.id, ${actor.type}, ${actor.id}, 'fixed', 'reopened', ${scanId}::uuid
    from unnest(${ids}::uuid[]) as r (id)`);
}

/**
 * The same for a scan that moves no finding, of a change or of what it is compared with: what is known stays as it is, and what is new is
 * nobody's yet.
 */
export async function proposeFindings(
  tx: TenantTx,
  scan: { readonly repositoryId: RepositoryId; readonly scanId: ScanId },
  rows: readonly FindingRow[],
): Promise<ReadonlyMap<string, FindingId>> {
  const sorted = rows.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  const saved = await tx.query(sql('findings.propose')`
    insert into app.finding as f (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
      title, path, start_line, detail, first_scan_id, last_scan_id, state)
    select ${tx.context.tenantId}::uuid, r.id, ${scan.repositoryId}::uuid, decode(r.fingerprint, 'hex'), r.analyzer, r.rule_id,
      r.rule_version, r.severity, r.confidence, r.score, r.title, r.path, r.start_line, r.detail, ${scan.scanId}::uuid, ${scan.scanId}::uuid,
      'proposed'
    from jsonb_to_recordset(${JSON.stringify(sorted)}::jsonb) as r (id uuid, fingerprint text, analyzer text, rule_id text,
      rule_version integer, severity smallint, confidence smallint, score smallint, title text, path text, start_line integer, detail jsonb)
    on conflict (tenant_id, repository_id, fingerprint) do update set last_scan_id = f.last_scan_id
    returning f.id, encode(f.fingerprint, 'hex') as fingerprint`);
  return new Map(saved.map((row) => savedSchema.parse(row)).map((row) => [row.fingerprint, row.id]));
}

/** What a scan saw, and where its proof lies. */
export type Sighting = { readonly findingId: FindingId; readonly evidence: EvidenceRef };

/** Notes that a scan saw these findings, each with its slice of an evidence pack. */
export async function saveSightings(tx: TenantTx, scanId: ScanId, sightings: readonly Sighting[]): Promise<void> {
  const column = <T>(of: (sighting: Sighting) => T): readonly T[] => sightings.map(of);
  await tx.query(sql('findings.save-sightings')`
    insert into app.sighting (tenant_id, scan_id, finding_id, pack_id, pack_offset, pack_length, leaf_index, sha256)
    select ${tx.context.tenantId}::uuid, ${scanId}::uuid, r.finding_id, r.pack_id, r.pack_offset, r.pack_length, r.leaf_index,
      decode(r.sha256, 'hex')
    from unnest(${column((s) => s.findingId)}::uuid[], ${column((s) => s.evidence.packId)}::uuid[],
      ${column((s) => s.evidence.offset)}::integer[], ${column((s) => s.evidence.length)}::integer[],
      ${column((s) => s.evidence.leafIndex)}::integer[], ${column((s) => s.evidence.sha256)}::text[])
      as r (finding_id, pack_id, pack_offset, pack_length, leaf_index, sha256)`);
}

/**
 * Sets to fixed what a complete scan of a repository did not see, of the analyzers that ran or the tools whose results were imported,
 * whatever was decided about it, and adds that to its history. Answers how many.
 */
export async function closeUnseen(
  tx: TenantTx,
  scan: { readonly repositoryId: RepositoryId; readonly scanId: ScanId },
  runs: readonly Pick<AnalyzerRun, 'analyzer' | 'tool'>[],
): Promise<number> {
  const analyzers = runs.filter(({ analyzer }) => analyzer !== 'import').map(({ analyzer }) => analyzer);
  const tools = runs.flatMap(({ analyzer, tool }) => (analyzer === 'import' && tool !== undefined ? [tool] : []));
  const { tenantId, actor } = tx.context;
  const rows = await tx.query(sql('findings.close-unseen')`
    with unseen as (
      select id, state from app.finding
      where tenant_id = ${tenantId} and repository_id = ${scan.repositoryId} and state not in ('fixed', 'proposed')
        and last_scan_id <> ${scan.scanId} and (analyzer = any(${analyzers}::text[])
          or (analyzer = 'import' and split_part(rule_id, '/', 1) = any(${tools}::text[])))
      order by id for update
    ), closed as (
      update app.finding f set state = 'fixed', fixed_scan_id = ${scan.scanId}::uuid from unseen u
      where f.tenant_id = ${tenantId} and f.id = u.id
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, scan_id)
      select ${tenantId}::uuid, gen_random_uuid(), u.id, ${actor.type}, ${actor.id}, u.state, 'fixed', ${scan.scanId}::uuid from unseen u
    )
    select id from unseen`);
  return rows.length;
}
