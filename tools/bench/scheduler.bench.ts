import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { jobIdSchema, tenantIdSchema, type JobId, type JobKind, type TenantId } from '@lib/contract';
import { completeJob, defaultJobSettings, startJobs, type RunningJob } from '@lib/guard/jobs';
import { openTenancy, type TenantContext, type Tenancy, type Turn } from '@lib/guard/tenancy';
import { systemClock } from '@lib/platform/clock';
import { closeDatabase, openDatabase, urlOf, withAdmin, type Database } from '@lib/platform/db';
import { migrateQueue, openQueue, type JobQueue } from '@lib/platform/queue';
import { openLog } from '@lib/platform/telemetry';
import { runJob } from '../../libs/guard/jobs/run-job.ts';
import { withBenchDatabase, type BenchDatabase } from './bench-database.ts';
import { quantile, rounded, shuffled, type Figure } from './figure.ts';

const tenantCount = 20;
const jobsPerTenant = 15;
const jobCount = tenantCount * jobsPerTenant;
const rounds = 5;
const jobMs = 20; // the shortest step of a scan of an empty repository takes several times as long

/**
 * The fair scheduler against plain FIFO over the same backend and the same rows: FIFO hands every row to the queue at once, oldest
 * first, whoever it belongs to; both then run each job by the same worker, which starts its row and completes it. The goal is for jobs
 * that take `jobMs`; `emptyRatio` is for jobs that do nothing, where handing over is all there is. `bare` is the queue alone, without
 * any row, for context.
 */
export async function bench(): Promise<readonly Figure[]> {
  return withBenchDatabase(async (database) => {
    const bed = await openBed(database);
    const times: Record<Variant, number[]> = { fair: [], fifo: [], fairEmpty: [], fifoEmpty: [], bare: [] };
    try {
      for (let round = -1; round < rounds; round += 1) {
        for (const name of shuffled(['fair', 'fifo', 'fairEmpty', 'fifoEmpty', 'bare'] as const)) {
          await bed.clear();
          const ms = await variants[name](bed, `bench-${String(round + 1)}-${name}`);
          if (round >= 0) times[name].push(ms);
        }
      }
    } finally {
      await Promise.all([closeDatabase(bed.pool), closeDatabase(bed.dispatch)]);
    }
    const median = (name: Variant): number => quantile(times[name], 0.5);
    const ratio = median('fifo') / median('fair');
    const perSecond = (name: Variant): number => Math.round((jobCount / median(name)) * 1000);
    return [
      {
        name: 'scheduler/fair-over-fifo',
        ratio: rounded(ratio),
        goal: '>= 0.8',
        ok: ratio >= 0.8,
        detail: {
          jobMs,
          fairJobsPerSecond: perSecond('fair'),
          fifoJobsPerSecond: perSecond('fifo'),
          emptyRatio: rounded(median('fifoEmpty') / median('fairEmpty')),
          fairEmptyJobsPerSecond: perSecond('fairEmpty'),
          fifoEmptyJobsPerSecond: perSecond('fifoEmpty'),
          bareQueueJobsPerSecond: perSecond('bare'),
          tenantCount,
          jobCount,
          rounds,
        },
      },
    ];
  });
}

type Variant = 'fair' | 'fifo' | 'fairEmpty' | 'fifoEmpty' | 'bare';

/** What all variants share, opened once. */
type Bed = {
  readonly pool: Database;
  readonly dispatch: Database;
  readonly tenancy: Tenancy;
  readonly openBenchQueue: (name: string) => Promise<JobQueue>;
  readonly clear: () => Promise<void>;
  readonly plant: () => Promise<readonly { readonly tenantId: TenantId; readonly id: JobId; readonly ticket: string }[]>;
  readonly handOverAll: () => Promise<void>;
};

const log = openLog({ service: 'bench', destination: process.stderr, level: 'error' });
const contextOf = ({ tenantId, pass }: Turn): TenantContext => ({ tenantId, actor: { type: 'worker', id: 'bench' }, pass });
const { concurrency, leaseMs } = defaultJobSettings;

const variants: Readonly<Record<Variant, (bed: Bed, name: string) => Promise<number>>> = {
  fair: (bed, name) => runFair(bed, name, jobMs),
  fifo: (bed, name) => runFifo(bed, name, jobMs),
  fairEmpty: (bed, name) => runFair(bed, name, 0),
  fifoEmpty: (bed, name) => runFifo(bed, name, 0),
  bare: async (bed, name) => {
    const queue = await bed.openBenchQueue(name);
    const count = countdown();
    const startMs = performance.now();
    await queue.addMany(Array.from({ length: jobCount }, () => ({ id: randomUUID(), data: {} })));
    await queue.work({ concurrency, leaseMs, onFatal: fail }, () => {
      count.tick();
      return Promise.resolve();
    });
    await count.done;
    const ms = performance.now() - startMs;
    await queue.close();
    return ms;
  },
};

/** Dispatcher and worker are up and idle when the rows appear. */
async function runFair(bed: Bed, name: string, workMs: number): Promise<number> {
  const queue = await bed.openBenchQueue(name);
  const count = countdown();
  const jobs = await startJobs({ ...common(bed, count.tick, workMs), database: bed.pool, queue, workerId: 'bench', onFatal: fail });
  const startMs = performance.now();
  await bed.plant();
  jobs.poke();
  await count.done;
  const ms = performance.now() - startMs;
  await jobs.stop();
  await queue.close();
  return ms;
}

/** The worker is up and idle when the rows appear. */
async function runFifo(bed: Bed, name: string, workMs: number): Promise<number> {
  const queue = await bed.openBenchQueue(name);
  const count = countdown();
  const stopping = new AbortController().signal;
  const deps = { ...common(bed, count.tick, workMs), tenancy: bed.tenancy, contextOf, settings: defaultJobSettings, stopping };
  await queue.work({ concurrency, leaseMs, onFatal: fail }, ({ data }) =>
    runJob(deps, {
      tenantId: tenantIdSchema.parse(data['tenantId']),
      jobId: jobIdSchema.parse(data['jobId']),
      attempt: 0,
      ticket: String(data['ticket']),
    }),
  );
  const startMs = performance.now();
  const rows = await bed.plant();
  await bed.handOverAll();
  await queue.addMany(rows.map(({ tenantId, id, ticket }) => ({ id, data: { tenantId, jobId: id, ticket } })));
  await count.done;
  const ms = performance.now() - startMs;
  await queue.close();
  return ms;
}

function common(bed: Bed, tick: () => void, workMs: number) {
  const complete = async <K extends JobKind>(job: RunningJob<K>): Promise<void> => {
    if (workMs > 0) await pause(workMs);
    await bed.tenancy.withTenant(contextOf(job), 'complete a job', (tx) => completeJob(tx, job));
    tick();
  };
  return {
    handlers: {
      'ingest.seal': complete,
      'scan.analyze': complete,
      'findings.record': complete,
      'evidence.keep': complete,
      'evidence.expire': complete,
      'export.bundle': complete,
      'export.expire': complete,
      'forge.handle': complete,
      'forge.sync': complete,
      'forge.report': complete,
      'forge.reconcile': complete,
      'forge.leave': complete,
      'mail.send': complete,
      'sink.leave': complete,
      'tenant.close': complete,
      'member.leave': complete,
      'access.end': complete,
      'suppression.expire': complete,
    },
    dispatch: bed.dispatch,
    log,
    clock: systemClock,
    onDead: () => Promise.reject(new Error('a job of the bench failed')),
    onAlarm: () => undefined,
  };
}

function countdown(): { readonly tick: () => void; readonly done: Promise<undefined> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let left = jobCount;
  return {
    tick: () => {
      left -= 1;
      if (left === 0) resolve(undefined);
    },
    done: promise,
  };
}

function fail(fault: Error): never {
  throw fault;
}

async function openBed(database: BenchDatabase): Promise<Bed> {
  const location = { kind: 'postgres', url: urlOf(database.urlFor('aegis_queue'), 'aegis_queue') } as const;
  await migrateQueue(location);
  const pool = openDatabase({ url: database.urlFor('aegis_worker'), poolMax: 10, applicationName: 'bench' });
  const tenants = Array.from({ length: tenantCount }, () => tenantIdSchema.parse(randomUUID()));
  const admin = (text: string, values: readonly unknown[] = []) => withAdmin(database, (session) => session.rows('bench', text, values));
  await admin(`insert into app.tenant (tenant_id, name) select t, 'bench' from unnest($1::uuid[]) t`, [tenants]);
  return {
    pool,
    dispatch: openDatabase({ url: database.urlFor('aegis_dispatch'), poolMax: 4, applicationName: 'bench' }),
    tenancy: openTenancy(pool),
    openBenchQueue: (name) => openQueue({ name, location, log, clock: systemClock }),
    clear: async () => {
      await admin('truncate app.job, ops.ready_tenant');
    },
    plant: async () => {
      const rows = await admin(
        `with marks as (insert into ops.ready_tenant (queue, tenant_id) select 'job', t from unnest($1::uuid[]) t)
         insert into app.job (tenant_id, id, kind, payload)
         select t, uuidv7(), 'scan.analyze', jsonb_build_object('tenantId', t::text, 'scanId', gen_random_uuid()::text)
         from unnest($1::uuid[]) t, generate_series(1, $2::int)
         returning tenant_id, id, (select k.kid || '.' || encode(identity.proof_mac(k.kid, concat_ws('/', 'job', tenant_id, id, 0)), 'hex')
           from identity.proof_key k where k.retired_at is null) as ticket`,
        [tenants, jobsPerTenant],
      );
      return rows.map((row) => ({
        tenantId: tenantIdSchema.parse(row['tenant_id']),
        id: jobIdSchema.parse(row['id']),
        ticket: String(row['ticket']),
      }));
    },
    handOverAll: async () => {
      await admin(`update app.job set state = 'queued', queued_at = clock_timestamp() where state = 'pending'`);
    },
  };
}
