import { z } from 'zod';
import {
  jobIdSchema,
  jobKindSchema,
  jobStateSchema,
  limits,
  type JobId,
  type JobKind,
  type JobState,
  type JobView,
  type ScanId,
} from '@lib/contract';
import { present } from '@lib/kernel';
import type { Row, TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const attemptSchema = z.object({ id: jobIdSchema, kind: jobKindSchema, payload: z.unknown(), attempt: z.int() });

/** A row as a worker takes it up: its payload has not been looked at. */
export type JobAttempt = z.infer<typeof attemptSchema>;

/** Writes the row, puts the tenant into the ring and forgets a few of its jobs that ended long ago, in one statement. */
export async function insertJob(
  tx: TenantTx,
  job: { id: JobId; kind: JobKind; payload: string; dueAt: string | undefined },
): Promise<void> {
  await tx.query(sql('jobs.insert')`
    with made as (
      insert into app.job (tenant_id, id, kind, payload, not_before)
      values (${tx.context.tenantId}, ${job.id}, ${job.kind}, ${job.payload}::jsonb, coalesce(${job.dueAt ?? null}::timestamptz, now()))
      returning 1
    ) select ops.mark_ready('job'), ops.forget_jobs(${limits.jobsForgottenMax}) from made`);
}

/** Takes the tenant's turn until the end of the transaction. False: another dispatcher has it. */
export async function beginTurn(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('jobs.begin-turn')`select ops.begin_turn('job') as begun`);
  return z.object({ begun: z.boolean() }).parse(rows[0]).begun;
}

const lookedSchema = z.discriminatedUnion('what', [
  z.object({ what: z.literal('expired'), id: jobIdSchema, kind: jobKindSchema, payload: z.unknown(), attempts: z.int() }),
  z.object({ what: z.literal('again'), id: jobIdSchema, attempts: z.int(), ticket: z.string() }),
  z.object({ what: z.literal('due'), id: jobIdSchema, attempts: z.int(), ticket: z.string() }),
]);

/** What one look at a tenant takes up. */
export type LookedJob = z.infer<typeof lookedSchema>;

/** Units: ms. */
export type LookTerms = {
  readonly quota: number;
  readonly runningPerTenantMax: number;
  readonly leaseMs: number;
  readonly requeueMs: number;
};

/**
 * Takes up three kinds of jobs, when the turn is ours. `expired`: running, and the worker has not been heard of; the lease is ours from
 * here, so nobody else takes them up meanwhile. `again`: handed over and not started for so long that the queue may have lost them.
 * `due`: handed over now, longest due first, as far as the tenant's share allows. What is handed over has a ticket: the worker shows it
 * for the job's pass.
 */
export async function lookAtJobs(tx: TenantTx, terms: LookTerms): Promise<readonly LookedJob[]> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('jobs.look')`
    with expired as (
      update app.job set lease_until = clock_timestamp() + make_interval(secs => ${terms.leaseMs / 1000})
      where tenant_id = ${tenantId} and state = 'running' and lease_until <= clock_timestamp() and current_setting('app.turn', true) = 'job'
      returning id, kind, payload, attempts, not_before
    ), again as (
      update app.job set queued_at = clock_timestamp()
      where tenant_id = ${tenantId} and state = 'queued' and current_setting('app.turn', true) = 'job'
        and queued_at <= clock_timestamp() - make_interval(secs => ${terms.requeueMs / 1000})
      returning id, attempts, not_before
    ), next as (
      select id, not_before from app.job
      where tenant_id = ${tenantId} and state = 'pending' and not_before <= clock_timestamp() and current_setting('app.turn', true) = 'job'
      order by not_before, id
      limit greatest(0, least(${terms.quota}::bigint, ${terms.runningPerTenantMax}::bigint - (
        select count(*) from app.job where tenant_id = ${tenantId} and state in ('queued', 'running'))))
      for update skip locked
    ), due as (
      update app.job j set state = 'queued', queued_at = clock_timestamp() from next
      where j.tenant_id = ${tenantId} and j.id = next.id
      returning j.id, j.attempts, j.not_before
    )
    select 'expired' as what, id, kind, payload, attempts, null as ticket, not_before from expired
    union all select 'again', id, null, null, attempts, ops.job_ticket(id, attempts), not_before from again
    union all select 'due', id, null, null, attempts, ops.job_ticket(id, attempts), not_before from due
    order by not_before, id`);
  return rows.map((row) => lookedSchema.parse(row));
}

/**
 * Says when to look at the tenant again: when its next job is due and it has room, when a job handed over may be lost, when a lease
 * may run out. Ends the turn: the ring holds a mark for every tenant with an open job.
 */
export async function markNextLook(tx: TenantTx, wait: Pick<LookTerms, 'runningPerTenantMax' | 'requeueMs'>): Promise<void> {
  await tx.query(sql('jobs.mark-next-look')`
    select ops.mark_ready_at('job', least(
      case when (select count(*) from app.job where tenant_id = ${tx.context.tenantId} and state in ('queued', 'running')) < ${wait.runningPerTenantMax}
        then (select min(not_before) from app.job where tenant_id = ${tx.context.tenantId} and state = 'pending') end,
      (select min(queued_at) from app.job where tenant_id = ${tx.context.tenantId} and state = 'queued') + make_interval(secs => ${wait.requeueMs / 1000}),
      (select min(lease_until) from app.job where tenant_id = ${tx.context.tenantId} and state = 'running')))
    where current_setting('app.turn', true) = 'job'`);
}

/** Starts a job that was handed over. Undefined: it was cancelled, or another worker has it, or it is over. */
export async function startJob(tx: TenantTx, id: JobId, leaseMs: number): Promise<JobAttempt | undefined> {
  const rows = await tx.query(sql('jobs.start')`
    update app.job set state = 'running', attempts = attempts + 1, lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000})
    where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'queued'
    returning id, kind, payload, attempts as attempt`);
  return rows[0] === undefined ? undefined : attemptSchema.parse(rows[0]);
}

const leaseSchema = z.object({ held: z.boolean(), state: jobStateSchema.nullable() });

/** Renews the lease of one attempt; otherwise says why it cannot. */
export async function renewLease(
  tx: TenantTx,
  id: JobId,
  hold: { attempt: number; leaseMs: number },
): Promise<'held' | 'cancelled' | 'lost'> {
  const rows = await tx.query(sql('jobs.renew-lease')`
    with renewed as (
      update app.job set lease_until = clock_timestamp() + make_interval(secs => ${hold.leaseMs / 1000})
      where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running' and attempts = ${hold.attempt} returning 1
    ) select exists (select from renewed) as held, (select state from app.job where tenant_id = ${tx.context.tenantId} and id = ${id}) as state`);
  const lease = leaseSchema.parse(rows[0]);
  if (lease.held) return 'held';
  return lease.state === 'cancelled' ? 'cancelled' : 'lost';
}

/** Ends an attempt well. False: the attempt is no longer the job's. Its end makes room, so the tenant is in the ring again. */
export async function markDone(tx: TenantTx, id: JobId, attempt: number): Promise<boolean> {
  const rows = await tx.query(sql('jobs.complete')`
    with done as (
      update app.job set state = 'done', finished_at = clock_timestamp(), lease_until = null, error_code = null
      where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running' and attempts = ${attempt} returning 1
    ) select ops.mark_ready('job') from done`);
  return rows.length === 1;
}

/** Puts a failed attempt back, to be due after `delayMs`. False: the attempt is no longer the job's. */
export async function markRetry(tx: TenantTx, id: JobId, retry: { attempt: number; delayMs: number; errorCode: string }): Promise<boolean> {
  const rows = await tx.query(sql('jobs.retry')`
    with put_back as (
      update app.job set state = 'pending', lease_until = null, error_code = ${retry.errorCode},
        not_before = clock_timestamp() + make_interval(secs => ${retry.delayMs / 1000})
      where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running' and attempts = ${retry.attempt} returning 1
    ) select ops.mark_ready('job') from put_back`);
  return rows.length === 1;
}

/** Gives a job up. False: the attempt is no longer the job's. */
export async function markDead(tx: TenantTx, id: JobId, end: { attempt: number; errorCode: string }): Promise<boolean> {
  const rows = await tx.query(sql('jobs.bury')`
    with buried as (
      update app.job set state = 'dead', finished_at = clock_timestamp(), lease_until = null, error_code = ${end.errorCode}
      where tenant_id = ${tx.context.tenantId} and id = ${id} and state = 'running' and attempts = ${end.attempt} returning 1
    ) select ops.mark_ready('job') from buried`);
  return rows.length === 1;
}

/** Cancels the open jobs of a scan; answers their ids. */
export async function markCancelled(tx: TenantTx, scanId: ScanId): Promise<readonly JobId[]> {
  const rows = await tx.query(sql('jobs.cancel')`
    with open as (
      select id from app.job
      where tenant_id = ${tx.context.tenantId} and state in ('pending', 'queued', 'running') and payload ->> 'scanId' = ${scanId}
        and kind <> 'forge.report' -- whoever waits outside is told of the end too
      order by id limit ${limits.jobCancelMax} for update
    ), cancelled as (
      update app.job j set state = 'cancelled', finished_at = clock_timestamp(), lease_until = null from open
      where j.tenant_id = ${tx.context.tenantId} and j.id = open.id returning j.id
    ), marked as (select ops.mark_ready('job') where exists (select from cancelled))
    select c.id from cancelled c left join marked on true order by c.id`);
  return rows.map((row) => z.object({ id: jobIdSchema }).parse(row).id);
}

/** Cancels the open jobs of some kinds; answers how many. */
export async function markWorkCancelled(tx: TenantTx, kinds: readonly JobKind[]): Promise<number> {
  const rows = await tx.query(sql('jobs.cancel-work')`
    with cancelled as (
      update app.job set state = 'cancelled', finished_at = clock_timestamp(), lease_until = null
      where tenant_id = ${tx.context.tenantId} and state in ('pending', 'queued', 'running') and kind = any(${kinds}::text[]) returning 1
    ), marked as (select ops.mark_ready('job') where exists (select from cancelled))
    select count(*)::integer as jobs from cancelled left join marked on true`);
  return z.object({ jobs: z.int() }).parse(rows[0]).jobs;
}

/** Cancels open jobs of some kinds whose payload has one of these ids; answers how many. */
export async function markNamingCancelled(tx: TenantTx, kinds: readonly JobKind[], ids: readonly string[]): Promise<number> {
  const rows = await tx.query(sql('jobs.cancel-naming')`
    with cancelled as (
      update app.job set state = 'cancelled', finished_at = clock_timestamp(), lease_until = null
      where tenant_id = ${tx.context.tenantId} and state in ('pending', 'queued', 'running') and kind = any(${kinds}::text[])
        and exists (select from jsonb_each_text(payload) named where named.value = any(${ids}::text[])) returning 1
    ), marked as (select ops.mark_ready('job') where exists (select from cancelled))
    select count(*)::integer as jobs from cancelled left join marked on true`);
  return z.object({ jobs: z.int() }).parse(rows[0]).jobs;
}

const jobRowSchema = z.object({
  id: jobIdSchema,
  kind: jobKindSchema,
  state: jobStateSchema,
  attempts: z.int(),
  error_code: z.string().nullable(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
});

/** Newest first. Job ids are ordered by time, so the id alone is a total order and the cursor. */
export async function selectJobs(
  tx: TenantTx,
  page: { readonly state?: JobState | undefined; readonly before?: JobId | undefined; readonly limit: number },
): Promise<readonly JobView[]> {
  const { tenantId } = tx.context;
  const before = page.before ?? lastId;
  // the dead are few among many, and an index holds them alone; a parameter would keep the planner from it
  const statement =
    page.state === 'dead'
      ? sql('jobs.list-dead')`
        select id, kind, state, attempts, error_code, created_at, finished_at from app.job
        where tenant_id = ${tenantId} and state = 'dead' and id < ${before} order by id desc limit ${page.limit}`
      : sql('jobs.list')`
        select id, kind, state, attempts, error_code, created_at, finished_at from app.job
        where tenant_id = ${tenantId} and (${page.state ?? null}::text is null or state = ${page.state ?? null}::text) and id < ${before}
        order by id desc limit ${page.limit}`;
  return (await tx.query(statement)).map(viewOf);
}

/** One job, or undefined when this tenant has none of that id. */
export async function selectJob(tx: TenantTx, id: JobId): Promise<JobView | undefined> {
  const rows = await tx.query(sql('jobs.get')`
    select id, kind, state, attempts, error_code, created_at, finished_at from app.job
    where tenant_id = ${tx.context.tenantId} and id = ${id}`);
  return rows[0] === undefined ? undefined : viewOf(rows[0]);
}

const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

function viewOf(row: Row): JobView {
  const job = jobRowSchema.parse(row);
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    attempts: job.attempts,
    errorCode: job.error_code,
    createdAt: present(job.created_at, 'every job has a time'),
    finishedAt: job.finished_at,
  };
}
