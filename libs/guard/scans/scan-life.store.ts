import { z } from 'zod';
import {
  commitIdSchema,
  coverageCertificateSchema,
  limits,
  repositoryIdSchema,
  scanIdSchema,
  scanOptionsSchema,
  scanProgressSchema,
  scanSourceSchema,
  scanStageSchema,
  scanStateSchema,
} from '@lib/contract';
import type { CoverageCertificate, RepositoryId, ScanId, ScanProgress, ScanState } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const hexSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/u)
  .nullable();

const scanWorkSchema = z.object({
  state: scanStateSchema,
  stage: scanStageSchema,
  repository_id: repositoryIdSchema,
  repository_name: z.string(),
  /** Null where there is nothing to fetch: results of other tools came for a repository that takes uploads, or is of a forge and not connected. */
  source: scanSourceSchema.nullable(),
  options: scanOptionsSchema,
  coverage: coverageCertificateSchema.nullable(),
  tree_sha256: hexSchema,
  drafts_sha256: hexSchema,
  commit_id: commitIdSchema.nullable(),
  side: z.boolean(),
});

/** What a stage needs to know before it starts. */
export type ScanWork = z.infer<typeof scanWorkSchema>;

/** Reads a scan with its source, and keeps the row from moving under the reader until the transaction ends. */
export async function findScanWork(tx: TenantTx, scanId: ScanId): Promise<ScanWork | undefined> {
  const rows = await tx.query(sql('scans.find-work')`
    select s.state, s.stage, s.repository_id, r.name as repository_name, s.options, s.coverage,
      case when a.id is not null then jsonb_build_object('kind', 'archive', 'archiveId', a.id, 'sha256', encode(a.sha256, 'hex'))
        when f.repository_id is not null then jsonb_build_object('kind', 'forge', 'appId', p.id, 'appExternalId', p.external_id, 'apiUrl', p.api_url,
          'installation', i.external_id, 'repository', f.external_id, 'fullName', f.full_name, 'branch', f.default_branch, 'commit', c.commit,
          'live', i.state = 'active' and f.state = 'connected' and p.state = 'active')
        when r.source ->> 'kind' in ('archive', 'forge') then null
        else r.source end as source,
      encode(s.tree_sha256, 'hex') as tree_sha256, encode(s.drafts_sha256, 'hex') as drafts_sha256, s.commit_id, s.side
    from app.scan s join app.repository r on r.tenant_id = s.tenant_id and r.id = s.repository_id
      left join app.archive a on a.tenant_id = s.tenant_id and a.id = s.archive_id
      left join app.change c on c.tenant_id = s.tenant_id and c.scan_id = s.id
      left join app.forge_repository f on f.tenant_id = s.tenant_id and f.repository_id = s.repository_id
      left join app.forge_installation i on i.tenant_id = f.tenant_id and i.id = f.installation_id
      left join app.forge_app p on p.tenant_id = i.tenant_id and p.id = i.app_id
    where s.tenant_id = ${tx.context.tenantId} and s.id = ${scanId}
    for no key update of s`);
  return rows[0] === undefined ? undefined : scanWorkSchema.parse(rows[0]);
}

/** The state of a scan; undefined when the tenant has no such scan. */
export async function findScanState(tx: TenantTx, scanId: ScanId): Promise<ScanState | undefined> {
  const rows = await tx.query(sql('scans.find-state')`
    select state from app.scan where tenant_id = ${tx.context.tenantId} and id = ${scanId}`);
  return rows[0] === undefined ? undefined : z.object({ state: scanStateSchema }).parse(rows[0]).state;
}

/** Why a scan ended so: a code, and which walls were missing where they were. */
export type WhyEnded = { readonly errorCode?: string; readonly missingLayers?: readonly string[] };

/** Figures of a move; an absent one stays as it is. */
export type ScanFigures = {
  readonly filesTotal?: number;
  readonly filesDone?: number;
  readonly findingCount?: number;
  readonly treeSha256?: string;
  readonly commitId?: string;
  readonly draftsSha256?: string;
  readonly coverage?: CoverageCertificate;
};

/** A scan that no person asks for. `side`: of a change or what it is compared with; it sees findings and moves none. */
export type NewScanRow = { readonly id: ScanId; readonly repositoryId: RepositoryId; readonly requestedBy: string; readonly side: boolean };

/** Writes its row. Answers false when the tenant has no such repository. */
export async function insertScanRow(tx: TenantTx, scan: NewScanRow): Promise<boolean> {
  const rows = await tx.query(sql('scans.insert')`
    insert into app.scan (tenant_id, id, repository_id, requested_by, side)
    select r.tenant_id, ${scan.id}, r.id, ${scan.requestedBy}, ${scan.side}
    from app.repository r where r.tenant_id = ${tx.context.tenantId} and r.id = ${scan.repositoryId}
    returning id`);
  return rows.length > 0;
}

/** Scans that somebody outside is told of when this one moves: itself, and those that are compared with it. */
export async function findTold(tx: TenantTx, scanId: ScanId): Promise<readonly ScanId[]> {
  const rows = await tx.query(sql('scans.find-told')`
    select scan_id from app.change
    where tenant_id = ${tx.context.tenantId} and trigger <> 'base' and (scan_id = ${scanId} or base_scan_id = ${scanId})
    order by scan_id limit ${limits.jobCancelMax}`);
  return rows.map((row) => z.object({ scan_id: scanIdSchema }).parse(row).scan_id);
}

const progressRowSchema = z.object({
  stage: scanStageSchema,
  state: scanStateSchema,
  files_total: z.int(),
  files_done: z.int(),
  finding_count: z.int(),
});

/** Moves a live scan; answers its new progress, or undefined when it has ended or does not exist. */
export async function updateLiveScan(
  tx: TenantTx,
  scanId: ScanId,
  change: ScanFigures & { readonly stage: string; readonly state: string } & WhyEnded,
): Promise<ScanProgress | undefined> {
  const rows = await tx.query(sql('scans.update-live')`
    update app.scan set
      stage = ${change.stage},
      state = ${change.state},
      error_code = ${change.errorCode ?? null},
      missing_layers = ${change.missingLayers === undefined ? null : JSON.stringify(change.missingLayers)}::jsonb,
      files_total = coalesce(${change.filesTotal ?? null}::integer, files_total),
      files_done = coalesce(${change.filesDone ?? null}::integer, files_done),
      finding_count = coalesce(${change.findingCount ?? null}::integer, finding_count),
      tree_sha256 = coalesce(decode(${change.treeSha256 ?? null}::text, 'hex'), tree_sha256),
      commit_id = coalesce(${change.commitId ?? null}::text, commit_id),
      drafts_sha256 = coalesce(decode(${change.draftsSha256 ?? null}::text, 'hex'), drafts_sha256),
      coverage = coalesce(${change.coverage === undefined ? null : JSON.stringify(change.coverage)}::jsonb, coverage),
      started_at = coalesce(started_at, now()),
      finished_at = case when ${change.state}::text in ('queued', 'running') then null else now() end
    where tenant_id = ${tx.context.tenantId} and id = ${scanId} and state in ('queued', 'running')
    returning stage, state, files_total, files_done, finding_count`);
  if (rows[0] === undefined) return undefined;
  const row = progressRowSchema.parse(rows[0]);
  return {
    stage: row.stage,
    state: row.state,
    filesTotal: row.files_total,
    filesDone: row.files_done,
    findingCount: row.finding_count,
  };
}

/** Appends the event that the live view replays. The sequence is dense: the scan row is locked by the update before it. */
export async function appendScanEvent(tx: TenantTx, scanId: ScanId, progress: ScanProgress): Promise<void> {
  await tx.query(sql('scans.append-event')`
    insert into app.scan_event (tenant_id, scan_id, seq, progress)
    select ${tx.context.tenantId}, ${scanId}, coalesce(max(seq), 0) + 1, ${JSON.stringify(scanProgressSchema.parse(progress))}::jsonb
    from app.scan_event where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId}`);
}

const stoppedSchema = z.object({ id: scanIdSchema, finding_count: z.int() });

/** Ends live scans, at most `limits.scansStoppedMax`, with the event of each that the live view replays. */
export async function cancelLiveScans(
  tx: TenantTx,
  errorCode: string,
): Promise<readonly { readonly id: ScanId; readonly findingCount: number }[]> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('scans.cancel-live')`
    with live as (
      select id from app.scan where tenant_id = ${tenantId} and state in ('queued', 'running')
      order by id limit ${limits.scansStoppedMax} for no key update
    ), stopped as (
      update app.scan s set stage = 'done', state = 'cancelled', error_code = ${errorCode}, started_at = coalesce(started_at, now()), finished_at = now()
      from live where s.tenant_id = ${tenantId} and s.id = live.id
      returning s.id, s.files_total, s.files_done, s.finding_count
    ), told as (
      insert into app.scan_event (tenant_id, scan_id, seq, progress)
      select ${tenantId}, id, coalesce((select max(e.seq) from app.scan_event e where e.tenant_id = ${tenantId} and e.scan_id = stopped.id), 0) + 1,
        jsonb_build_object('stage', 'done', 'state', 'cancelled', 'filesTotal', files_total, 'filesDone', files_done, 'findingCount', finding_count)
      from stopped
    ) select id, finding_count from stopped order by id`);
  return rows.map((row) => stoppedSchema.parse(row)).map(({ id, finding_count: findingCount }) => ({ id, findingCount }));
}
