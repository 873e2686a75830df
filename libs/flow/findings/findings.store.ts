import { findingIdSchema, type AnalyzerName, type EvidenceRef, type FindingId, type RepositoryId, type ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import { z } from 'zod';
import type { FindingRow } from './record-findings/finding-row.ts';

const savedSchema = z.object({ id: findingIdSchema, fingerprint: z.string() });

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
      state = 'open', last_scan_id = excluded.last_scan_id
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

/** Closes the open findings of a repository that a complete scan did not see, of the analyzers that ran. Answers how many. */
export async function closeUnseen(
  tx: TenantTx,
  scan: { readonly repositoryId: RepositoryId; readonly scanId: ScanId },
  analyzers: readonly AnalyzerName[],
): Promise<number> {
  const rows = await tx.query(sql('findings.close-unseen')`
    update app.finding set state = 'fixed'
    where tenant_id = ${tx.context.tenantId} and repository_id = ${scan.repositoryId} and state = 'open'
      and last_scan_id <> ${scan.scanId} and analyzer = any(${analyzers}::text[])
    returning id`);
  return rows.length;
}
