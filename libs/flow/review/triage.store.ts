import { z } from 'zod';
import {
  findingActSchema,
  findingIdSchema,
  findingStateSchema,
  type DecidedState,
  type FindingActView,
  type FindingId,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { present } from '@lib/kernel';
import { sql } from '@lib/platform/db';

const askedSchema = z.object({ id: findingIdSchema, fromState: findingStateSchema, changed: z.boolean() });

/** A finding that a decision is about: where it stood, and whether it was moved. */
export type Asked = z.infer<typeof askedSchema>;

/** What was decided, and what was said to it. */
export type Decision = { readonly state: DecidedState; readonly comment: string | undefined };

/**
 * Moves findings to a decided state and adds that to their history, under the lock of their rows in the order of their ids. One that is
 * fixed, is kept quiet by a claim or stands so already is not moved; what was said is kept all the same, except about the former two.
 * Answers those that exist.
 */
export async function updateDecided(tx: TenantTx, ids: readonly FindingId[], { state, comment }: Decision): Promise<readonly Asked[]> {
  const { tenantId, actor } = tx.context;
  const rows = await tx.query(sql('review.decide')`
    with asked as (
      select f.id, app.standing(f.state, f.suppressed_until) as state from app.finding f
      where f.tenant_id = ${tenantId} and f.id = any(${ids}::uuid[]) order by f.id for update
    ), moved as (
      update app.finding f set state = ${state} from asked a
      where f.tenant_id = ${tenantId} and f.id = a.id and a.state not in ('fixed', 'accepted_risk', 'false_positive', ${state})
      returning f.id
    ), noted as (
      insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, from_state, to_state, comment)
      select ${tenantId}, gen_random_uuid(), a.id, ${actor.type}, ${actor.id},
        case when a.state <> ${state} then a.state end, case when a.state <> ${state} then ${state} end, ${comment}::text
      from asked a where a.state not in ('fixed', 'accepted_risk', 'false_positive') and (a.state <> ${state} or ${comment}::text is not null)
    )
    select a.id, a.state as "fromState", m.id is not null as changed from asked a left join moved m on m.id = a.id order by a.id`);
  return rows.map((row) => askedSchema.parse(row));
}

/** Counts those of the findings that exist. */
export async function countFindings(tx: TenantTx, ids: readonly FindingId[]): Promise<number> {
  const [row] = await tx.query(sql('review.count-of')`
    select count(*)::integer as count from app.finding where tenant_id = ${tx.context.tenantId} and id = any(${ids}::uuid[])`);
  return z.object({ count: z.int() }).parse(row).count;
}

/** Adds what was said to the history of a finding. Answers nothing when there is no such finding. */
export async function insertComment(tx: TenantTx, findingId: FindingId, comment: string): Promise<FindingActView | undefined> {
  const { tenantId, actor } = tx.context;
  const [row] = await tx.query(sql('review.comment')`
    insert into app.finding_act (tenant_id, id, finding_id, actor_type, actor_id, comment)
    select f.tenant_id, gen_random_uuid(), f.id, ${actor.type}, ${actor.id}, ${comment}
    from app.finding f where f.tenant_id = ${tenantId} and f.id = ${findingId}
    returning id, at, json_build_object('type', actor_type, 'id', actor_id) as actor, from_state as "fromState", to_state as "toState",
      comment, scan_id as "scanId"`);
  return row === undefined ? undefined : findingActSchema.parse(row);
}

/** Where a page of a history goes on. */
export type ActPosition = Pick<FindingActView, 'at' | 'id'>;

/** Reads the history of a finding, newest first, one more than asked for. Answers nothing when there is no such finding. */
export async function findActs(
  tx: TenantTx,
  findingId: FindingId,
  { before, limit }: { readonly before: ActPosition | undefined; readonly limit: number },
): Promise<readonly FindingActView[] | undefined> {
  const [row] = await tx.query(sql('review.history')`
    select coalesce((
      select json_agg(a order by a.at desc, a.id desc) from (
        select a.id, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
          json_build_object('type', a.actor_type, 'id', a.actor_id) as actor, a.from_state as "fromState", a.to_state as "toState",
          a.comment, a.scan_id as "scanId"
        from app.finding_act a
        where a.tenant_id = f.tenant_id and a.finding_id = f.id
          and (${before?.id}::uuid is null or (a.at, a.id) < (${before?.at}::timestamptz, ${before?.id}::uuid))
        order by a.at desc, a.id desc limit ${limit + 1}
      ) a
    ), '[]') as acts
    from app.finding f where f.tenant_id = ${tx.context.tenantId} and f.id = ${findingId}`);
  return row === undefined ? undefined : z.array(findingActSchema).parse(present(row['acts'], 'acts of a finding'));
}
