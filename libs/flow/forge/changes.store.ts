import { z } from 'zod';
import {
  failOnSchema,
  forgeAppIdSchema,
  limits,
  repositoryIdSchema,
  scanIdSchema,
  scanStateSchema,
  scanStageSchema,
  severityOf,
  type RepositoryId,
  type ScanId,
  type Severity,
} from '@lib/contract';
import { scopeSchema, type Scope } from '@lib/engine/scope';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const idSchema = z.coerce.number().pipe(z.int());

/** What a scan of a commit is for. */
export type NewChange = {
  readonly scanId: ScanId;
  readonly repositoryId: RepositoryId;
  readonly trigger: 'push' | 'pull_request' | 'base' | 'rerun';
  readonly commit: string;
  readonly base?: string | undefined;
  readonly baseScanId?: ScanId | undefined;
  readonly pull?: number | undefined;
  readonly scope?: Scope | undefined;
};

/** Writes what a scan is for. */
export async function insertChange(tx: TenantTx, change: NewChange): Promise<void> {
  await tx.query(sql('forge.insert-change')`
    insert into app.change (tenant_id, scan_id, repository_id, trigger, commit, base, base_scan_id, pull, scope)
    values (${tx.context.tenantId}, ${change.scanId}, ${change.repositoryId}, ${change.trigger}, ${change.commit}, ${change.base ?? null},
      ${change.baseScanId ?? null}, ${change.pull ?? null}, ${change.scope === undefined ? null : JSON.stringify(change.scope)}::jsonb)`);
}

/** Live scans that a newer one of the same pull request, or of the same branch, takes the place of. */
export async function findSuperseded(tx: TenantTx, repositoryId: RepositoryId, pull: number | undefined): Promise<readonly ScanId[]> {
  const rows = await tx.query(sql('forge.find-superseded')`
    select s.id from app.scan s join app.change c on c.tenant_id = s.tenant_id and c.scan_id = s.id
    where s.tenant_id = ${tx.context.tenantId} and s.repository_id = ${repositoryId} and s.state in ('queued', 'running')
      and c.trigger <> 'base' and c.pull is not distinct from ${pull ?? null}::integer
    order by s.id limit ${limits.jobCancelMax}`);
  return rows.map((row) => z.object({ id: scanIdSchema }).parse(row).id);
}

/** A scan of a commit that is live or came to a good end, newest first: what it sees is a function of the bytes, so it need not be done again. */
export async function findScanOf(tx: TenantTx, repositoryId: RepositoryId, commit: string): Promise<ScanId | undefined> {
  const rows = await tx.query(sql('forge.find-scan-of')`
    select s.id from app.scan s join app.change c on c.tenant_id = s.tenant_id and c.scan_id = s.id
    where s.tenant_id = ${tx.context.tenantId} and c.repository_id = ${repositoryId} and c.commit = ${commit}
      and s.state in ('queued', 'running', 'succeeded') and s.created_at > now() - interval '1 day'
    order by s.created_at desc, s.id desc limit 1`);
  return rows[0] === undefined ? undefined : z.object({ id: scanIdSchema }).parse(rows[0]).id;
}

/** The newest scan of a commit that a check stands for, with what it was for. */
export async function findChangeOf(
  tx: TenantTx,
  repositoryId: RepositoryId,
  headSha: string,
): Promise<{ readonly pull: number | undefined } | undefined> {
  const rows = await tx.query(sql('forge.find-change-of')`
    select c.pull from app.change c join app.scan s on s.tenant_id = c.tenant_id and s.id = c.scan_id
    where c.tenant_id = ${tx.context.tenantId} and c.repository_id = ${repositoryId} and c.commit = ${headSha} and c.trigger <> 'base'
    order by s.created_at desc, s.id desc limit 1`);
  if (rows[0] === undefined) return undefined;
  return { pull: z.object({ pull: z.int().nullable() }).parse(rows[0]).pull ?? undefined };
}

const reportedSchema = z.object({
  trigger: z.enum(['push', 'pull_request', 'base', 'rerun']),
  commit: z.string(),
  base: z.string().nullable(),
  base_scan_id: scanIdSchema.nullable(),
  base_state: scanStateSchema.nullable(),
  scope: scopeSchema.nullable(),
  check_id: idSchema.nullable(),
  annotated: z.int(),
  reported_state: z.string().nullable(),
  state: scanStateSchema,
  stage: scanStageSchema,
  files_total: z.int(),
  error_code: z.string().nullable(),
  repository_id: repositoryIdSchema,
  full_name: z.string(),
  external_id: idSchema,
  installation_external_id: idSchema,
  installation_state: z.string(),
  app_id: forgeAppIdSchema,
  fail_on: failOnSchema,
});

/** All that a report needs to know of a scan and whom it is told to. */
export type ReportedChange = z.infer<typeof reportedSchema>;

/** Reads it; the row of the change is held, so that two reports of one scan follow each other. */
export async function findReported(tx: TenantTx, scanId: ScanId): Promise<ReportedChange | undefined> {
  const rows = await tx.query(sql('forge.find-reported')`
    select c.trigger, c.commit, c.base, c.base_scan_id, b.state as base_state, c.scope, c.check_id, c.annotated, c.reported_state,
      s.state, s.stage, s.files_total, s.error_code, r.repository_id, r.full_name, r.external_id,
      i.external_id as installation_external_id, i.state as installation_state, i.app_id, a.fail_on
    from app.change c
      join app.scan s on s.tenant_id = c.tenant_id and s.id = c.scan_id
      join app.forge_repository r on r.tenant_id = c.tenant_id and r.repository_id = c.repository_id
      join app.forge_installation i on i.tenant_id = r.tenant_id and i.id = r.installation_id
      join app.forge_app a on a.tenant_id = i.tenant_id and a.id = i.app_id
      left join app.scan b on b.tenant_id = c.tenant_id and b.id = c.base_scan_id
    where c.tenant_id = ${tx.context.tenantId} and c.scan_id = ${scanId}
    for no key update of c`);
  return rows[0] === undefined ? undefined : reportedSchema.parse(rows[0]);
}

/** Notes how far a report has come, so that another attempt does not say it twice. */
export async function updateReported(
  tx: TenantTx,
  scanId: ScanId,
  told: { readonly checkId: number; readonly annotated: number; readonly state: string },
): Promise<void> {
  await tx.query(sql('forge.mark-reported')`
    update app.change set check_id = ${told.checkId}, annotated = ${told.annotated}, reported_state = ${told.state}
    where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId}`);
}

const seenSchema = z.object({
  rule_id: z.string(),
  severity: z.int(),
  title: z.string(),
  path: z.string(),
  start_line: z.int(),
  message: z.string().nullable(),
  finding_id: z.uuid(),
  fresh: z.boolean(),
});

/** A finding that a scan saw. `fresh`: no earlier scan had. */
export type SeenFinding = {
  readonly findingId: string;
  readonly ruleId: string;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly path: string;
  readonly line: number;
  readonly fresh: boolean;
};

/** What one scan saw and another did not, worst first. Without another: everything that it saw. */
export async function findSeenOnlyBy(tx: TenantTx, scanId: ScanId, notBy: ScanId | undefined): Promise<readonly SeenFinding[]> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('forge.find-seen-only-by')`
    select f.id as finding_id, f.rule_id, f.severity, f.title, f.path, f.start_line, f.detail ->> 'message' as message,
      f.first_scan_id = ${scanId} as fresh
    from app.sighting g join app.finding f on f.tenant_id = g.tenant_id and f.id = g.finding_id
    where g.tenant_id = ${tenantId} and g.scan_id = ${scanId}
      and not exists (select from app.sighting o where o.tenant_id = ${tenantId} and o.scan_id = ${notBy ?? null}::uuid and o.finding_id = g.finding_id)
    order by f.severity desc, f.score desc, f.path, f.start_line, f.id limit ${limits.findingsPerScanMax}`);
  return rows.map((row) => {
    const seen = seenSchema.parse(row);
    return {
      findingId: seen.finding_id,
      ruleId: seen.rule_id,
      severity: severityOf(seen.severity),
      title: seen.title,
      message: seen.message ?? seen.title,
      path: seen.path,
      line: seen.start_line,
      fresh: seen.fresh,
    };
  });
}
