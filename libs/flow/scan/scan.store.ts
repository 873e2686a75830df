import { z } from 'zod';
import {
  coverageCertificateSchema,
  missingLayersSchema,
  instantSchema,
  legalHoldSchema,
  limits,
  repositoryIdSchema,
  repositorySourceSchema,
  scanIdSchema,
  scanOptionsSchema,
  scanProgressSchema,
  scanStageSchema,
  scanStateSchema,
  severities,
  severityRank,
  type ArchiveId,
  type RepositoryId,
  type RepositorySource,
  type ScanDetailView,
  type ScanId,
  type ScanOptions,
  type ScanProgress,
  type ScanState,
  type ScanView,
} from '@lib/contract';
import type { Row, TenantTx } from '@lib/guard/tenancy';
import { SECOND_MS } from '@lib/kernel';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: scanIdSchema,
  repository_id: repositoryIdSchema,
  repository_name: z.string(),
  state: scanStateSchema,
  stage: scanStageSchema,
  files_total: z.int(),
  files_done: z.int(),
  finding_count: z.int(),
  error_code: z.string().nullable(),
  created_at: instantSchema,
  started_at: instantSchema.nullable(),
  finished_at: instantSchema.nullable(),
});

/** Where a page of scans goes on, and what it shows. */
export type ScanPage = {
  readonly after: { readonly createdAt: string; readonly id: ScanId } | undefined;
  readonly repositoryId: RepositoryId | undefined;
  readonly state: ScanState | undefined;
  readonly limit: number;
};

/** Reads scans, newest first, one more than asked for. */
export async function findScans(tx: TenantTx, page: ScanPage): Promise<readonly ScanView[]> {
  const rows = await tx.query(sql('scan.list')`
    select s.id, s.repository_id, r.name as repository_name, s.state, s.stage, s.files_total, s.files_done, s.finding_count, s.error_code,
      s.created_at, s.started_at, s.finished_at
    from app.scan s join app.repository r on r.tenant_id = s.tenant_id and r.id = s.repository_id
    where s.tenant_id = ${tx.context.tenantId}
      and (${page.repositoryId ?? null}::uuid is null or s.repository_id = ${page.repositoryId ?? null}::uuid)
      and (${page.state ?? null}::text is null or s.state = ${page.state ?? null}::text)
      and (${page.after?.id ?? null}::uuid is null
        or (s.created_at, s.id) < (${page.after?.createdAt ?? null}::timestamptz, ${page.after?.id ?? null}::uuid))
    order by s.created_at desc, s.id desc limit ${page.limit + 1}`);
  return rows.map(viewOf);
}

/** Reads one scan as lists show it. */
export async function findScan(tx: TenantTx, id: ScanId): Promise<ScanView | undefined> {
  const rows = await tx.query(sql('scan.find')`
    select s.id, s.repository_id, r.name as repository_name, s.state, s.stage, s.files_total, s.files_done, s.finding_count, s.error_code,
      s.created_at, s.started_at, s.finished_at
    from app.scan s join app.repository r on r.tenant_id = s.tenant_id and r.id = s.repository_id
    where s.tenant_id = ${tx.context.tenantId} and s.id = ${id}`);
  return rows[0] === undefined ? undefined : viewOf(rows[0]);
}

/**
 * The scan that recorded exactly these results of these tools, if nothing newer of any of them has come since and its proofs are fresh
 * (`importSameMs`): recording them again would change nothing.
 */
export async function findSameImport(
  tx: TenantTx,
  repositoryId: RepositoryId,
  { resultsSha256, tools }: { readonly resultsSha256: string; readonly tools: readonly string[] },
): Promise<ScanView | undefined> {
  const rows = await tx.query(sql('scan.find-same-import')`
    select s.id, s.repository_id, r.name as repository_name, s.state, s.stage, s.files_total, s.files_done, s.finding_count, s.error_code,
      s.created_at, s.started_at, s.finished_at
    from (
      select * from app.scan n
      where n.tenant_id = ${tx.context.tenantId} and n.repository_id = ${repositoryId} and n.coverage ->> 'resultsSha256' is not null
        and exists (select from jsonb_array_elements(n.coverage -> 'analyzers') a where a ->> 'tool' = any(${tools}::text[]))
      order by n.created_at desc, n.id desc limit 1
    ) s join app.repository r on r.tenant_id = s.tenant_id and r.id = s.repository_id
    where s.state = 'succeeded' and s.coverage ->> 'resultsSha256' = ${resultsSha256}
      and s.finished_at > now() - make_interval(secs => ${limits.importSameMs / SECOND_MS})`);
  return rows[0] === undefined ? undefined : viewOf(rows[0]);
}

/** A scan as it is asked for. */
export type NewScan = {
  readonly id: ScanId;
  readonly repositoryId: RepositoryId;
  /** Claimed for this scan before. */
  readonly archiveId: ArchiveId | undefined;
  readonly options: ScanOptions;
  readonly requestedBy: string;
};

/** Writes a scan. Nothing comes back when the tenant has no such repository. */
export async function insertScan(tx: TenantTx, scan: NewScan): Promise<ScanView | undefined> {
  const rows = await tx.query(sql('scan.insert')`
    with made as (
      insert into app.scan (tenant_id, id, repository_id, archive_id, options, requested_by)
      select r.tenant_id, ${scan.id}, r.id, ${scan.archiveId ?? null}::uuid, ${JSON.stringify(scan.options)}::jsonb, ${scan.requestedBy}
      from app.repository r where r.tenant_id = ${tx.context.tenantId} and r.id = ${scan.repositoryId}
      returning *
    )
    select s.id, s.repository_id, r.name as repository_name, s.state, s.stage, s.files_total, s.files_done, s.finding_count, s.error_code,
      s.created_at, s.started_at, s.finished_at
    from made s join app.repository r on r.tenant_id = s.tenant_id and r.id = s.repository_id`);
  return rows[0] === undefined ? undefined : viewOf(rows[0]);
}

/** The kind of source of a repository; undefined when the tenant has no such repository. */
export async function findSourceKind(tx: TenantTx, id: RepositoryId): Promise<RepositorySource['kind'] | undefined> {
  const rows = await tx.query(sql('scan.find-source')`
    select source from app.repository where tenant_id = ${tx.context.tenantId} and id = ${id}`);
  return rows[0] === undefined ? undefined : z.object({ source: repositorySourceSchema }).parse(rows[0]).source.kind;
}

/** Claims an upload for a scan, once. Answers false when it does not wait: unknown, another repository's, claimed or forgotten. */
export async function updateArchiveClaimed(tx: TenantTx, repositoryId: RepositoryId, id: ArchiveId): Promise<boolean> {
  const rows = await tx.query(sql('scan.claim-archive')`
    update app.archive set claimed_at = now()
    where tenant_id = ${tx.context.tenantId} and id = ${id} and repository_id = ${repositoryId} and claimed_at is null
      and created_at > now() - make_interval(secs => ${limits.archiveKeepMs / SECOND_MS})
    returning id`);
  return rows.length > 0;
}

const cancelSchema = z.object({ known: z.boolean(), live: z.boolean() });

/** Marks a live scan as to be cancelled and keeps its row from changing until the transaction ends. */
export async function updateCancelRequested(tx: TenantTx, id: ScanId): Promise<{ readonly known: boolean; readonly live: boolean }> {
  const rows = await tx.query(sql('scan.request-cancel')`
    with asked as (
      update app.scan set cancel_requested_at = coalesce(cancel_requested_at, now())
      where tenant_id = ${tx.context.tenantId} and id = ${id} and state in ('queued', 'running') returning id
    )
    select exists (select from app.scan where tenant_id = ${tx.context.tenantId} and id = ${id}) as known,
      exists (select from asked) as live`);
  return cancelSchema.parse(rows[0]);
}

const moreSchema = z.object({
  options: scanOptionsSchema,
  coverage: coverageCertificateSchema.nullable(),
  missing_layers: missingLayersSchema.nullable(),
});
const countSchema = z.object({ severity: z.int(), findings: z.int() });
const packSchema = z.object({
  pack_id: z.string(),
  merkle_root: z.string(),
  entry_count: z.int(),
  retain_until: instantSchema,
  hold: legalHoldSchema,
  expired_at: instantSchema.nullable(),
});

/** The part of a scan that lists leave out. */
export type ScanMore = Pick<ScanDetailView, 'options' | 'coverage' | 'missingLayers' | 'bySeverity' | 'evidence'>;

/** Reads options, certificate, counts and evidence heads of a scan in one go; absent when there is no such scan. */
export async function findScanMore(tx: TenantTx, id: ScanId): Promise<ScanMore | undefined> {
  const { tenantId } = tx.context;
  const [scans, counts, packs] = await Promise.all([
    tx.query(sql('scan.find-more')`select options, coverage, missing_layers from app.scan where tenant_id = ${tenantId} and id = ${id}`),
    tx.query(sql('scan.count-findings')`
      select f.severity, count(*) as findings
      from app.sighting s join app.finding f on f.tenant_id = s.tenant_id and f.id = s.finding_id
      where s.tenant_id = ${tenantId} and s.scan_id = ${id} group by f.severity`),
    tx.query(sql('scan.list-packs')`
      select id as pack_id, encode(merkle_root, 'hex') as merkle_root, entry_count, retain_until, hold, expired_at
      from app.evidence_pack
      where tenant_id = ${tenantId} and scan_id = ${id} order by sealed_at, id limit ${limits.packsPerScanMax}`),
  ]);
  if (scans[0] === undefined) return undefined;
  const byRank = new Map(counts.map((row) => countSchema.parse(row)).map((row) => [row.severity, row.findings]));
  const [critical = 0, high = 0, medium = 0, low = 0, info = 0] = severities.map((name) => byRank.get(severityRank(name)) ?? 0);
  const evidence = packs
    .map((row) => packSchema.parse(row))
    .map((row) => ({
      packId: row.pack_id,
      merkleRoot: row.merkle_root,
      entryCount: row.entry_count,
      retainUntil: row.retain_until,
      hold: row.hold,
      expiredAt: row.expired_at,
    }));
  const { missing_layers: missingLayers, ...more } = moreSchema.parse(scans[0]);
  return { ...more, missingLayers: missingLayers ?? [], bySeverity: { critical, high, medium, low, info }, evidence };
}

const eventSchema = z.object({ state: scanStateSchema, seq: z.int().nullable(), progress: scanProgressSchema.nullable() });

/** Events after one, in order, and the state of the scan at the same instant; absent when there is no such scan. */
export type ScanNews = {
  readonly state: ScanState;
  readonly events: readonly { readonly seq: number; readonly progress: ScanProgress }[];
};

/** Reads what has happened since event `after`. */
export async function findNews(tx: TenantTx, id: ScanId, after: number): Promise<ScanNews | undefined> {
  const rows = await tx.query(sql('scan.news')`
    select s.state, e.seq, e.progress
    from app.scan s left join lateral (
      select seq, progress from app.scan_event
      where tenant_id = s.tenant_id and scan_id = s.id and seq > ${after} order by seq limit ${limits.eventsPerPollMax}
    ) e on true
    where s.tenant_id = ${tx.context.tenantId} and s.id = ${id} order by e.seq`);
  const parsed = rows.map((row) => eventSchema.parse(row));
  const first = parsed[0];
  if (first === undefined) return undefined;
  const events = parsed.flatMap(({ seq, progress }) => (seq === null || progress === null ? [] : [{ seq, progress }]));
  return { state: first.state, events };
}

function viewOf(given: Row): ScanView {
  const row = rowSchema.parse(given);
  return {
    id: row.id,
    repositoryId: row.repository_id,
    repositoryName: row.repository_name,
    state: row.state,
    stage: row.stage,
    filesTotal: row.files_total,
    filesDone: row.files_done,
    findingCount: row.finding_count,
    errorCode: row.error_code,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
