import { findingIdSchema, type FindingId, type RepositoryId, type ScanId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

type SeenBy = { readonly repositoryId: RepositoryId; readonly scanId: ScanId };

/**
 * Reopens what no claim keeps quiet any more after a scan of the repository: the claim is over, or what is found is not what was signed, by
 * whichever tool tells it now, or the rule is another version. Adds that to its history; answers which.
 */
export async function reopenUnclaimed(tx: TenantTx, { repositoryId, scanId }: SeenBy): Promise<readonly FindingId[]> {
  const { tenantId, actor } = tx.context;
  const rows = await tx.query(sql('findings.reopen-unclaimed')`
    with asked as (
      select f.id, f.state from app.finding f
      where f.tenant_id = ${tenantId} and f.repository_id = ${repositoryId} and f.suppression_id is not null
        and f.state in ('accepted_risk', 'false_positive')
        and not exists (select from app.suppression s
          where s.tenant_id = f.tenant_id and s.id = f.suppression_id and s.ended_at is null and s.expires_at > clock_timestamp()
            and (app.scope_covers(s.scope, f) or exists (select from app.suppression_item i
              where i.tenant_id = s.tenant_id and i.suppression_id = s.id and i.finding_id = f.id and s.scope_kind = 'finding'
                and i.content_sha256 = f.content_sha256 and i.rule_version = f.rule_version)))
      order by f.id for update of f
    ), moved as (
      update app.finding f set state = 'reopened', suppression_id = null, suppressed_until = null from asked a
      where f.tenant_id = ${tenantId} and f.id = a.id
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, scan_id)
      select ${tenantId}::uuid, gen_random_uuid(), a.id, ${actor.type}, ${actor.id}, a.state, 'reopened', ${scanId}::uuid from asked a
    )
    select id from asked`);
  return rows.map((row) => findingIdSchema.parse(row['id']));
}

/**
 * Keeps quiet what a scan has seen and a live claim takes in: a rule in a path, an advisory, or a finding that was gone and is back as it
 * was. What somebody has under review or has confirmed stays. The newest claim counts. Adds that to its history; answers which.
 */
export async function applyClaims(tx: TenantTx, { repositoryId, scanId }: SeenBy): Promise<readonly FindingId[]> {
  const { tenantId, actor } = tx.context;
  const rows = await tx.query(sql('findings.apply-claims')`
    with claim as materialized (
      select s.* from app.suppression s
      where s.tenant_id = ${tenantId} and s.ended_at is null and s.expires_at > clock_timestamp()
        and (s.scope_kind = 'advisory' or s.scope_kind = 'rule' and s.scope ->> 'repositoryId' = ${repositoryId}::text)
    ), asked as (
      select f.id, f.state, s.id as claim, s.decision, s.expires_at
      from app.finding f cross join lateral (
        select c.id, c.decision, c.expires_at, c.signed_at from claim c where app.scope_covers(c.scope, f)
        union all
        select c.id, c.decision, c.expires_at, c.signed_at
        from app.suppression_item i join app.suppression c on c.tenant_id = i.tenant_id and c.id = i.suppression_id
        where i.tenant_id = f.tenant_id and i.finding_id = f.id and i.content_sha256 = f.content_sha256 and i.rule_version = f.rule_version
          and c.scope_kind = 'finding' and c.ended_at is null and c.expires_at > clock_timestamp()
        order by signed_at desc, id limit 1
      ) s
      where f.tenant_id = ${tenantId} and f.repository_id = ${repositoryId} and f.last_scan_id = ${scanId}
        and f.state in ('open', 'reopened')
      order by f.id for update of f
    ), moved as (
      update app.finding f set state = a.decision, suppression_id = a.claim, suppressed_until = a.expires_at from asked a
      where f.tenant_id = ${tenantId} and f.id = a.id
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, scan_id)
      select ${tenantId}::uuid, gen_random_uuid(), a.id, ${actor.type}, ${actor.id}, a.state, a.decision, ${scanId}::uuid from asked a
    )
    select id from asked`);
  return rows.map((row) => findingIdSchema.parse(row['id']));
}
