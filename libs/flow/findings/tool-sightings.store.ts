import { z } from 'zod';
import { findingIdSchema, limits, type FindingId, type RepositoryId } from '@lib/contract';
import { traitsSchema, type Traits } from '@lib/engine/lineage';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import type { ScanOf } from './findings.store.ts';

const knownSchema = z.object({
  id: z.uuid(),
  findingId: findingIdSchema,
  tool: z.string(),
  fingerprint: z.string(),
  ruleId: z.string(),
  ruleVersion: z.int(),
  rank: z.int(),
  live: z.boolean(),
  isShared: z.boolean(),
  traits: traitsSchema,
});

/** What one tool is known to say of a finding. `isShared`: other tools say it too. */
export type KnownSighting = z.infer<typeof knownSchema>;

/**
 * Lets one recording of a repository pass at a time: what it reads of earlier reports is what it writes over. The lock is that of the
 * repository's first scan, whose row a worker may hold.
 */
export async function holdRepository(tx: TenantTx, repositoryId: RepositoryId): Promise<void> {
  await tx.query(sql('findings.hold-repository')`
    select id from app.scan where tenant_id = ${tx.context.tenantId} and repository_id = ${repositoryId} order by id limit 1 for no key update`);
}

/** What these tools are known to say of a repository, newest first, ended reports among it. */
export async function findSightings(tx: TenantTx, repositoryId: RepositoryId, tools: readonly string[]): Promise<readonly KnownSighting[]> {
  const rows = await tx.query(sql('findings.find-tool-sightings')`
    select id, finding_id as "findingId", tool, encode(fingerprint, 'hex') as fingerprint, rule_id as "ruleId", rule_version as "ruleVersion",
      rank, ended_scan_id is null as live, shown is not null as "isShared", traits
    from app.tool_sighting
    where tenant_id = ${tx.context.tenantId} and repository_id = ${repositoryId} and tool = any(${tools}::text[])
    order by ended_scan_id is null desc, last_seen_at desc, id limit ${limits.sightingsKnownMax}`);
  return rows.map((row) => knownSchema.parse(row));
}

/** What other tools say, and have not ended, of files. */
export async function findOthers(
  tx: TenantTx,
  repositoryId: RepositoryId,
  { tools, paths }: { readonly tools: readonly string[]; readonly paths: readonly string[] },
): Promise<readonly KnownSighting[]> {
  const rows = await tx.query(sql('findings.find-other-sightings')`
    select id, finding_id as "findingId", tool, encode(fingerprint, 'hex') as fingerprint, rule_id as "ruleId", rule_version as "ruleVersion",
      rank, true as live, shown is not null as "isShared", traits
    from app.tool_sighting
    where tenant_id = ${tx.context.tenantId} and repository_id = ${repositoryId} and tool <> all(${tools}::text[]) and ended_scan_id is null
      and traits ->> 'path' = any(${paths}::text[])
    order by id limit ${limits.sightingsKnownMax}`);
  return rows.map((row) => knownSchema.parse(row));
}

/** A tool's report as `app.tool_sighting` takes it. `shown` is the finding as the tool tells it, where several tools do. */
export type ToolSightingRow = {
  readonly id: string;
  readonly finding_id: FindingId;
  readonly tool: string;
  readonly fingerprint: string;
  readonly rule_id: string;
  readonly rule_version: number;
  readonly rank: number;
  readonly traits: Traits;
  readonly shown?: unknown;
};

/** Adds what is new and renews what is known, by id. */
export async function saveToolSightings(tx: TenantTx, scan: ScanOf, rows: readonly ToolSightingRow[]): Promise<void> {
  await tx.query(sql('findings.save-tool-sightings')`
    insert into app.tool_sighting as t (tenant_id, id, repository_id, finding_id, tool, fingerprint, rule_id, rule_version, rank, traits, shown,
      first_scan_id, last_scan_id)
    select ${tx.context.tenantId}::uuid, r.id, ${scan.repositoryId}::uuid, r.finding_id, r.tool, decode(r.fingerprint, 'hex'), r.rule_id,
      r.rule_version, r.rank, r.traits, r.shown, ${scan.scanId}::uuid, ${scan.scanId}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, finding_id uuid, tool text, fingerprint text, rule_id text,
      rule_version integer, rank smallint, traits jsonb, shown jsonb)
    on conflict (tenant_id, id) do update set finding_id = excluded.finding_id, fingerprint = excluded.fingerprint, rule_id = excluded.rule_id,
      rule_version = excluded.rule_version, rank = excluded.rank, traits = excluded.traits, shown = excluded.shown,
      last_scan_id = excluded.last_scan_id, last_seen_at = now(), ended_scan_id = null`);
}

/** Notes that these reports were made again, word for word. */
export async function renewToolSightings(tx: TenantTx, scan: ScanOf, ids: readonly string[]): Promise<void> {
  await tx.query(sql('findings.renew-tool-sightings')`
    update app.tool_sighting set last_scan_id = ${scan.scanId}, last_seen_at = now(), ended_scan_id = null
    where tenant_id = ${tx.context.tenantId} and id = any(${ids}::uuid[])`);
}

/** Keeps with each sighting of these findings how its tool tells it, before another tool joins: until then the finding itself says it. */
export async function keepShown(tx: TenantTx, ids: readonly FindingId[]): Promise<void> {
  await tx.query(sql('findings.keep-shown')`
    update app.tool_sighting t set shown = jsonb_build_object('fingerprint', encode(f.fingerprint, 'hex'), 'analyzer', f.analyzer,
      'rule_id', f.rule_id, 'rule_version', f.rule_version, 'severity', f.severity, 'confidence', f.confidence, 'score', f.score,
      'title', f.title, 'path', f.path, 'start_line', f.start_line, 'detail', f.detail, 'content_sha256', encode(f.content_sha256, 'hex'))
    from app.finding f
    where t.tenant_id = ${tx.context.tenantId} and t.finding_id = any(${ids}::uuid[]) and t.shown is null
      and f.tenant_id = ${tx.context.tenantId} and f.id = t.finding_id`);
}

/** Lets findings of several tools be told by the first of those that still see them; where none does, by the first of all. */
export async function tellByFirst(tx: TenantTx, ids: readonly FindingId[]): Promise<void> {
  await tx.query(sql('findings.tell-by-first')`
    update app.finding f set fingerprint = decode(s.fingerprint, 'hex'), analyzer = s.analyzer, rule_id = s.rule_id,
      rule_version = s.rule_version, severity = s.severity, confidence = s.confidence, score = s.score, title = s.title, path = s.path,
      start_line = s.start_line, detail = s.detail, content_sha256 = decode(s.content_sha256, 'hex')
    from (
      select distinct on (t.finding_id) t.finding_id, r.*
      from app.tool_sighting t cross join lateral jsonb_to_record(t.shown) as r (fingerprint text, analyzer text, rule_id text,
        rule_version integer, severity smallint, confidence smallint, score smallint, title text, path text, start_line integer, detail jsonb,
        content_sha256 text)
      where t.tenant_id = ${tx.context.tenantId} and t.finding_id = any(${ids}::uuid[]) and t.shown is not null
      order by t.finding_id, t.ended_scan_id is not null, t.rank, t.tool, t.rule_id, t.fingerprint
    ) s
    where f.tenant_id = ${tx.context.tenantId} and f.id = s.finding_id`);
}

/** One finding goes up in another. */
export type Merge = { readonly from: FindingId; readonly to: FindingId };

/**
 * Makes one finding of two that turned out to be one flaw. Sightings move; what was decided moves where the one that stays was untouched; the
 * one that goes stands as fixed, and says which it is now.
 */
export async function mergeFindings(tx: TenantTx, scan: ScanOf, merges: readonly Merge[]): Promise<void> {
  const { tenantId, actor } = tx.context;
  const pairs = JSON.stringify(merges);
  await tx.query(sql('findings.move-sightings')`
    update app.tool_sighting t set finding_id = m."to" from jsonb_to_recordset(${pairs}::jsonb) as m ("from" uuid, "to" uuid)
    where t.tenant_id = ${tenantId} and t.finding_id = m."from"`);
  await tx.query(sql('findings.merge')`
    with pair as (
      select m."from", m."to", g.state as gone_state, s.state as stays_state
      from jsonb_to_recordset(${pairs}::jsonb) as m ("from" uuid, "to" uuid)
      join app.finding g on g.tenant_id = ${tenantId} and g.id = m."from"
      join app.finding s on s.tenant_id = ${tenantId} and s.id = m."to"
    ), decided as (
      select distinct on ("to") "to", gone_state, stays_state from pair
      where stays_state in ('open', 'reopened', 'proposed', 'fixed') and gone_state in ('in_review', 'confirmed') order by "to", gone_state
    ), gone as (
      update app.finding f set state = 'fixed', fixed_scan_id = ${scan.scanId}::uuid, joined_to = p."to" from pair p
      where f.tenant_id = ${tenantId} and f.id = p."from"
    ), stays as (
      update app.finding f set state = d.gone_state from decided d where f.tenant_id = ${tenantId} and f.id = d."to"
    )
    insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, comment, scan_id)
    select ${tenantId}::uuid, gen_random_uuid(), n.id, ${actor.type}, ${actor.id}, n.was, n.becomes, n.said, ${scan.scanId}::uuid
    from (
      select "from" as id, nullif(gone_state, 'fixed') as was, case when gone_state <> 'fixed' then 'fixed' end as becomes,
        'is the same flaw as finding ' || "to" as said from pair
      union all select "to", stays_state, gone_state, 'as was decided about a finding that is the same flaw' from decided
    ) n`);
}
