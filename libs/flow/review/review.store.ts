import { z } from 'zod';
import { findingIdSchema, type FindingId, type listFindings } from '@lib/contract';
import type { Row, TenantTx } from '@lib/guard/tenancy';
import { sql, type Statement } from '@lib/platform/db';

type Query = z.output<(typeof listFindings)['query']>;

/** What a page of findings shows. */
export type FindingFilter = Pick<Query, 'repositoryId' | 'scanId' | 'severity' | 'analyzer' | 'state' | 'path' | 'ruleId'>;

/** Where a page by score goes on. */
export type ScorePosition = { readonly score: number; readonly id: FindingId };

/**
 * Findings of one page, one more than asked for, and how many there are under the filter. Rows have the columns of the contract and
 * are not parsed yet: the answer's schema does that, once (see `checkAnswer`).
 */
export type FoundFindings = { readonly total: number; readonly rows: readonly Row[] };

/** Reads findings, worst first. */
export async function findWorst(
  tx: TenantTx,
  filter: FindingFilter,
  page: { readonly after: ScorePosition | undefined; readonly limit: number },
): Promise<FoundFindings> {
  return foundIn(await tx.query(worst(tx.context.tenantId, filter, page)));
}

/** Reads findings by path and line. The row of the cursor says where to go on, so that no path needs to fit into a cursor. */
export async function findByPath(
  tx: TenantTx,
  filter: FindingFilter,
  page: { readonly after: FindingId | undefined; readonly limit: number },
): Promise<FoundFindings> {
  return foundIn(await tx.query(byPath(tx.context.tenantId, filter, page)));
}

function worst(
  tenantId: string,
  filter: FindingFilter,
  { after, limit }: { readonly after: ScorePosition | undefined; readonly limit: number },
): Statement {
  return sql('review.list-worst')`
    with filtered as not materialized (
      select f.id, f.repository_id, f.analyzer, f.rule_id, f.severity, f.confidence, f.score, f.title, f.path, f.start_line,
        app.standing(f.state, f.suppressed_until) as state, f.first_seen_at, f.last_scan_id, f.tenant_id
      from app.finding f
      where f.tenant_id = ${tenantId}
        and (${filter.repositoryId}::uuid is null or f.repository_id = ${filter.repositoryId}::uuid)
        and (${filter.scanId}::uuid is null or exists (select from app.sighting s
          where s.tenant_id = f.tenant_id and s.scan_id = ${filter.scanId}::uuid and s.finding_id = f.id))
        and (${filter.severity}::text is null
          or f.severity = array_position(array['info', 'low', 'medium', 'high', 'critical'], ${filter.severity}::text) - 1)
        and (${filter.analyzer}::text is null or f.analyzer = ${filter.analyzer}::text)
        and (${filter.state}::text is null or app.standing(f.state, f.suppressed_until) = ${filter.state}::text)
        and (${filter.path}::text is null or strpos(f.path, ${filter.path}::text) > 0)
        and (${filter.ruleId}::text is null or f.rule_id = ${filter.ruleId}::text)
    )
    select t.total, p.id, p.repository_id as "repositoryId", p.analyzer, p.rule_id as "ruleId",
      (array['info', 'low', 'medium', 'high', 'critical'])[p.severity + 1] as severity,
      (array['low', 'medium', 'high'])[p.confidence + 1] as confidence,
      p.score, p.title, p.path, p.start_line as "startLine", p.state, p.first_seen_at as "firstSeenAt", p.last_scan_id as "lastScanId",
      array(select distinct o.tool from app.tool_sighting o where o.tenant_id = p.tenant_id and o.finding_id = p.id and o.shown is not null
        and o.ended_scan_id is null and o.tool <> case p.analyzer when 'import' then split_part(p.rule_id, '/', 1) else p.analyzer end
        order by o.tool) as "alsoSeenBy"
    from (select count(*) as total from filtered) t
    left join (
      select * from filtered
      where ${after?.id}::uuid is null
        or score < ${after?.score}::smallint
        or (score = ${after?.score}::smallint and id > ${after?.id}::uuid)
      order by score desc, id limit ${limit + 1}
    ) p on true
    order by p.score desc, p.id`;
}

function byPath(
  tenantId: string,
  filter: FindingFilter,
  { after, limit }: { readonly after: FindingId | undefined; readonly limit: number },
): Statement {
  return sql('review.list-by-path')`
    with filtered as not materialized (
      select f.id, f.repository_id, f.analyzer, f.rule_id, f.severity, f.confidence, f.score, f.title, f.path, f.start_line,
        app.standing(f.state, f.suppressed_until) as state, f.first_seen_at, f.last_scan_id, f.tenant_id
      from app.finding f
      where f.tenant_id = ${tenantId}
        and (${filter.repositoryId}::uuid is null or f.repository_id = ${filter.repositoryId}::uuid)
        and (${filter.scanId}::uuid is null or exists (select from app.sighting s
          where s.tenant_id = f.tenant_id and s.scan_id = ${filter.scanId}::uuid and s.finding_id = f.id))
        and (${filter.severity}::text is null
          or f.severity = array_position(array['info', 'low', 'medium', 'high', 'critical'], ${filter.severity}::text) - 1)
        and (${filter.analyzer}::text is null or f.analyzer = ${filter.analyzer}::text)
        and (${filter.state}::text is null or app.standing(f.state, f.suppressed_until) = ${filter.state}::text)
        and (${filter.path}::text is null or strpos(f.path, ${filter.path}::text) > 0)
        and (${filter.ruleId}::text is null or f.rule_id = ${filter.ruleId}::text)
    )
    select t.total, p.id, p.repository_id as "repositoryId", p.analyzer, p.rule_id as "ruleId",
      (array['info', 'low', 'medium', 'high', 'critical'])[p.severity + 1] as severity,
      (array['low', 'medium', 'high'])[p.confidence + 1] as confidence,
      p.score, p.title, p.path, p.start_line as "startLine", p.state, p.first_seen_at as "firstSeenAt", p.last_scan_id as "lastScanId",
      array(select distinct o.tool from app.tool_sighting o where o.tenant_id = p.tenant_id and o.finding_id = p.id and o.shown is not null
        and o.ended_scan_id is null and o.tool <> case p.analyzer when 'import' then split_part(p.rule_id, '/', 1) else p.analyzer end
        order by o.tool) as "alsoSeenBy"
    from (select count(*) as total from filtered) t
    left join (
      select * from filtered
      where ${after}::uuid is null or (path, start_line, id) > (
        select f.path, f.start_line, f.id from app.finding f where f.tenant_id = ${tenantId} and f.id = ${after}::uuid)
      order by path, start_line, id limit ${limit + 1}
    ) p on true
    order by p.path, p.start_line, p.id`;
}

const firstSchema = z.object({ total: z.int(), id: findingIdSchema.nullable() });

/** The total stands in every row; one row without an id means that the page is empty. */
function foundIn(rows: readonly Row[]): FoundFindings {
  const { total, id } = firstSchema.parse(rows[0]);
  return { total, rows: id === null ? [] : rows };
}
