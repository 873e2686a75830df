import { randomUUID } from 'node:crypto';
import { tenantIdSchema, type JobId, type JobKind, type JobState, type TenantId } from '@lib/contract';
import { completeJob, startJobs, type DeadJob, type JobAlarm, type Jobs, type JobsOptions, type RunningJob } from '@lib/guard/jobs';
import { openTenancy, type TenantContext, type Tenancy } from '@lib/guard/tenancy';
import { systemClock } from '@lib/platform/clock';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import { migrateQueue, openQueue, type JobQueue } from '@lib/platform/queue';
import { openLog } from '@lib/platform/telemetry';
import { testDatabase, type TestDatabase } from './database.ts';
import { quickSettings } from './quick-settings.ts';

/** What one simulated worker process saw. */
export type TestWorker = {
  readonly jobs: Jobs;
  readonly queue: JobQueue;
  readonly started: RunningJob[];
  readonly dead: DeadJob[];
  readonly alarms: JobAlarm[];
  /** Log events, in order. */
  readonly events: string[];
  readonly stop: () => Promise<void>;
};

export type WorkerOptions = {
  /** What every kind does; it ends the job itself. Without one, a job only completes. */
  readonly handler?: (job: RunningJob, tenancy: Tenancy) => Promise<void>;
  readonly settings?: JobsOptions['settings'];
  readonly onDead?: JobsOptions['onDead'];
  /** Name of the queue: workers of one name share it. */
  readonly queueName?: string;
};

/** A migrated database with its queue, and the means to start workers on it. */
export type JobsForTest = {
  readonly database: TestDatabase;
  readonly tenancy: Tenancy;
  readonly contextOf: (tenantId: TenantId) => TenantContext;
  readonly addTenant: () => Promise<TenantId>;
  readonly addPending: (tenantId: TenantId, count: number) => Promise<void>;
  readonly statesOf: (tenantId: TenantId) => Promise<Readonly<Partial<Record<JobState, number>>>>;
  readonly startWorker: (options?: WorkerOptions) => Promise<TestWorker>;
  readonly close: () => Promise<void>;
};

/** Opens both; `close` ends every worker that still runs. */
export async function jobsForTest(): Promise<JobsForTest> {
  const database = await testDatabase();
  await migrateQueue({ kind: 'postgres', url: database.urls.aegis_queue });
  const pool = openDatabase({ url: database.urls.aegis_worker, poolMax: 4, applicationName: 'test' });
  const tenancy = openTenancy(pool);
  const contextOf = (tenantId: TenantId): TenantContext => ({
    tenantId,
    actor: { type: 'system', id: 'test' },
    pass: database.pass(tenantId),
  });
  const workers = new Set<TestWorker>();
  return {
    database,
    tenancy,
    contextOf,
    addTenant: async () => {
      const tenantId = tenantIdSchema.parse(randomUUID());
      await database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'a tenant']);
      return tenantId;
    },
    addPending: (tenantId, count) => addPending(database, tenantId, count),
    statesOf: async (tenantId) => {
      const rows = await database.admin('select state, count(*)::int as n from app.job where tenant_id = $1 group by state', [tenantId]);
      return Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['n'])]));
    },
    startWorker: async (options = {}) => {
      const worker = await startWorker(database, options);
      workers.add(worker);
      return worker;
    },
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.stop()));
      await closeDatabase(pool);
      await database.drop();
    },
  };
}

/** A worker process as far as database and queue can tell: own pool, own connection to the queue. */
async function startWorker(database: TestDatabase, options: WorkerOptions): Promise<TestWorker> {
  const pool: Database = openDatabase({ url: database.urls.aegis_worker, poolMax: 10, applicationName: 'test worker' });
  const dispatch = openDatabase({ url: database.urls.aegis_dispatch, poolMax: 4, applicationName: 'test dispatch' });
  const tenancy = openTenancy(pool);
  const events: string[] = [];
  const log = openLog({
    service: 'test',
    destination: { write: (line) => events.push(/"event":"([^"]*)"/u.exec(line)?.[1] ?? '') },
  });
  const location = { kind: 'postgres', url: database.urls.aegis_queue } as const;
  const queue = await openQueue({ name: options.queueName ?? 'jobs', location, log, clock: systemClock });
  const seen = { started: [] as RunningJob[], dead: [] as DeadJob[], alarms: [] as JobAlarm[] };
  const handle = async <K extends JobKind>(job: RunningJob<K>): Promise<void> => {
    seen.started.push(job);
    await (options.handler ?? completeAtOnce)(job, tenancy);
  };
  const jobs = await startJobs({
    database: pool,
    dispatch,
    queue,
    handlers: {
      'ingest.seal': handle,
      'scan.analyze': handle,
      'findings.record': handle,
      'evidence.keep': handle,
      'evidence.expire': handle,
      'export.bundle': handle,
      'export.expire': handle,
      'forge.handle': handle,
      'forge.sync': handle,
      'forge.report': handle,
      'forge.reconcile': handle,
      'forge.leave': handle,
      'mail.send': handle,
      'sink.leave': handle,
      'tenant.close': handle,
      'member.leave': handle,
      'access.end': handle,
      'suppression.expire': handle,
    },
    workerId: 'test-worker',
    log,
    clock: systemClock,
    onDead: async (tx, job) => {
      await options.onDead?.(tx, job);
      seen.dead.push(job);
    },
    onAlarm: (alarm) => seen.alarms.push(alarm),
    onFatal: (fault) => {
      throw fault;
    },
    settings: { ...quickSettings, ...options.settings },
  });
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await jobs.stop();
    await queue.close();
    await Promise.all([closeDatabase(pool), closeDatabase(dispatch)]);
  };
  return { jobs, queue, ...seen, events, stop: () => (stopped ??= stop()) };
}

/** The shortest handler: one transaction that ends the job. */
export async function completeAtOnce(job: RunningJob, tenancy: Tenancy): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: 'test' }, pass: job.pass };
  await tenancy.withTenant(context, 'complete a job', (tx) => completeJob(tx, job));
}

/** Many rows in one statement, as a flow would write them one by one. Ids are in order of time. */
async function addPending(database: TestDatabase, tenantId: TenantId, count: number): Promise<void> {
  await database.admin(
    `with made as (
       insert into app.job (tenant_id, id, kind, payload)
       select $1::uuid, uuidv7(), 'scan.analyze', jsonb_build_object('tenantId', $1::uuid::text, 'scanId', gen_random_uuid()::text) from generate_series(1, $2::int)
       returning 1
     ) insert into ops.ready_tenant (queue, tenant_id) select 'job', $1::uuid from made limit 1`,
    [tenantId, count],
  );
}

/** Ids of jobs as a set, to compare what ran with what was asked for. */
export function idsOf(jobs: readonly { readonly id: JobId }[]): ReadonlySet<JobId> {
  return new Set(jobs.map((job) => job.id));
}
