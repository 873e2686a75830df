import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { scanIdSchema, type JobId, type TenantId } from '@lib/contract';
import { systemIds } from '@lib/platform/clock';
import { completeAtOnce, jobsForTest, type JobsForTest, type TestWorker } from '../../../tools/testing/jobs.ts';
import { enqueueJob, type RunningJob } from './index.ts';
import { turnstile } from './turnstile.spec-support.ts';

const patience = { timeout: 45_000, interval: 50 };
const workers: TestWorker[] = [];
let test: JobsForTest;
let queueCount = 0;

beforeAll(async () => {
  test = await jobsForTest();
});
afterAll(() => test.close());
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await test.database.admin(`update app.job set state = 'cancelled' where state in ('pending', 'queued', 'running')`);
  await test.database.admin('delete from ops.ready_tenant');
});

const freshQueue = (): string => `fairness-${String((queueCount += 1))}`;
const start: JobsForTest['startWorker'] = async (options = {}) => {
  const worker = await test.startWorker({ queueName: freshQueue(), ...options });
  workers.push(worker);
  return worker;
};
const enqueue = (tenantId: TenantId): Promise<JobId> =>
  test.tenancy.withTenant(test.contextOf(tenantId), 'ask for work', (tx) =>
    enqueueJob(tx, 'scan.analyze', { tenantId, scanId: scanIdSchema.parse(randomUUID()) }, systemIds),
  );

it.each([
  { runningPerTenantMax: 1_000, why: 'the ring alone' },
  { runningPerTenantMax: 2, why: 'the ring and the share of a tenant' },
])('ten_thousand_jobs_of_one_tenant_delay_another_by_at_most_two_job_times, $why', async ({ runningPerTenantMax }) => {
  const [big, small] = [await test.addTenant(), await test.addTenant()];
  await test.addPending(big, 10_000);
  const gate = turnstile();
  const concurrency = 4;
  const atOnce = Math.min(concurrency, runningPerTenantMax);
  const worker = await start({
    handler: gate.handler,
    settings: { concurrency, runningPerTenantMax, leaseMs: 60_000, requeueMs: 60_000 },
  });
  const jobTime = async () => {
    await vi.waitFor(() => expect(gate.held.size).toBeGreaterThanOrEqual(atOnce), patience);
    const before = worker.started.length;
    const ended = gate.letGo();
    await vi.waitFor(() => expect(worker.started.length).toBeGreaterThanOrEqual(before + ended), patience);
  };
  for (let i = 0; i < 5; i += 1) await jobTime();
  const before = worker.started.length;
  const id = await enqueue(small);
  const begun = () => worker.started.findIndex((job) => job.id === id);
  for (let i = 0; i < 2 && begun() < 0; i += 1) await jobTime();
  await vi.waitFor(() => expect(begun()).toBeGreaterThanOrEqual(0), patience);
  expect(begun() - before).toBeLessThanOrEqual(2 * concurrency);
  expect(worker.started.slice(0, before).every((job) => job.tenantId === big)).toBe(true);
});

it('a_tenant_never_runs_more_than_its_share_however_many_workers_there_are', async () => {
  const [tenantId, other] = [await test.addTenant(), await test.addTenant()];
  const queueName = freshQueue();
  const running = new Map<TenantId, number>();
  let most = 0;
  const handler = async (job: RunningJob, tenancy: Parameters<typeof completeAtOnce>[1]) => {
    running.set(job.tenantId, (running.get(job.tenantId) ?? 0) + 1);
    most = Math.max(most, running.get(job.tenantId) ?? 0);
    await new Promise((resolve) => setImmediate(resolve));
    running.set(job.tenantId, (running.get(job.tenantId) ?? 0) - 1); // before the commit that makes room
    await completeAtOnce(job, tenancy);
  };
  await test.addPending(tenantId, 150);
  await test.addPending(other, 150);
  const both = [await start({ handler, queueName }), await start({ handler, queueName })];
  await vi.waitFor(
    async () => expect([await test.statesOf(tenantId), await test.statesOf(other)]).toEqual([{ done: 150 }, { done: 150 }]),
    patience,
  );
  expect(most).toBeLessThanOrEqual(2);
  expect(both.flatMap((worker) => worker.started)).toHaveLength(300);
});
