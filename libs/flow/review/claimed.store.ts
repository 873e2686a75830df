import { z } from 'zod';
import {
  claimedFindingSchema,
  findingStateSchema,
  limits,
  repositoryIdSchema,
  type ClaimedFinding,
  type FindingId,
  type FindingState,
  type RepositoryId,
  type SuppressionScope,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = claimedFindingSchema.extend({
  contentSha256: claimedFindingSchema.shape.contentSha256.nullable(),
  state: findingStateSchema,
  repositoryId: repositoryIdSchema,
  advisoryIds: z.array(z.string()).nullable(),
});

/** A finding that a claim may be about, as it is now; `contentSha256` is null where no scan of this version has seen it. */
export type Claimable = Omit<ClaimedFinding, 'contentSha256'> & {
  readonly contentSha256: string | null;
  readonly state: FindingState;
  readonly repositoryId: RepositoryId;
  readonly advisoryIds: readonly string[] | null;
};

/** Reads findings as a claim shows them, in the order of their ids, and holds their rows: what is read is what is moved. */
export async function lockClaimable(tx: TenantTx, ids: readonly FindingId[]): Promise<readonly Claimable[]> {
  const rows = await tx.query(sql('review.lock-claimable')`
    with held as (
      select * from app.finding f where f.tenant_id = ${tx.context.tenantId} and f.id = any(${ids}::uuid[]) order by f.id for update
    )
    select f.id, f.title, f.path, f.start_line as "startLine", f.rule_id as "ruleId", f.rule_version as "ruleVersion",
      encode(f.content_sha256, 'hex') as "contentSha256", app.standing(f.state, f.suppressed_until) as state,
      f.repository_id as "repositoryId", f.detail #> '{dependency,advisoryIds}' as "advisoryIds", encode(s.sha256, 'hex') as "evidenceSha256"
    from held f cross join lateral (
      select s.sha256 from app.sighting s where s.tenant_id = f.tenant_id and s.finding_id = f.id
      order by exists (select from app.tool_sighting t where t.tenant_id = s.tenant_id and t.id = s.tool_sighting_id
        and t.fingerprint = f.fingerprint and t.rule_id = f.rule_id) desc, s.scan_id desc, s.leaf_index limit 1
    ) s
    order by f.id`);
  return rows.map((row) => rowSchema.parse(row));
}

/** The findings that a scope wider than those it lists takes in now, one more than a claim may list. Fixed and proposed ones are none. */
export async function findCovered(tx: TenantTx, scope: SuppressionScope): Promise<readonly FindingId[]> {
  const rows = await tx.query(sql('review.find-covered')`
    select f.id from app.finding f
    where f.tenant_id = ${tx.context.tenantId} and f.state not in ('fixed', 'proposed') and app.scope_covers(${JSON.stringify(scope)}::jsonb, f)
    order by f.id limit ${limits.findingsPerDecisionMax + 1}`);
  return rows.map((row) => claimedFindingSchema.shape.id.parse(row['id']));
}
