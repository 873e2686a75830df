import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { scanIdSchema } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { systemIds } from '@lib/platform/clock';
import { completeAtOnce, jobsForTest, type JobsForTest } from '../../../tools/testing/jobs.ts';
import { enqueueJob, selectJob } from './index.ts';

let test: JobsForTest;
beforeAll(async () => {
  test = await jobsForTest();
});
afterAll(() => test.close());

it.each(['objects.unavailable', 'objects.disk_full', 'kms.unavailable'])('a_job_waits_while_%s_and_is_not_given_up', async (code) => {
  const tenantId = await test.addTenant();
  let attempts = 0;
  const worker = await test.startWorker({
    queueName: code,
    handler: async (job, tenancy) => {
      attempts += 1;
      if (attempts < 9) throw new Fault(code, { internal: 'away' });
      await completeAtOnce(job, tenancy);
    },
  });
  const inTenant = <T>(work: Parameters<typeof test.tenancy.withTenant<T>>[2]) =>
    test.tenancy.withTenant(test.contextOf(tenantId), 'test', work);
  const id = await inTenant((tx) => enqueueJob(tx, 'scan.analyze', { tenantId, scanId: scanIdSchema.parse(randomUUID()) }, systemIds));
  await vi.waitFor(async () => expect(await inTenant((tx) => selectJob(tx, id))).toMatchObject({ state: 'done' }), {
    timeout: 30_000,
    interval: 20,
  });
  expect([attempts, worker.dead]).toEqual([9, []]);
  await worker.stop();
});

it('a_job_that_is_due_later_does_not_start_before_its_instant_by_the_databases_clock', async () => {
  const tenantId = await test.addTenant();
  const worker = await test.startWorker({ queueName: 'later' });
  const inTenant = <T>(work: Parameters<typeof test.tenancy.withTenant<T>>[2]) =>
    test.tenancy.withTenant(test.contextOf(tenantId), 'test', work);
  const payload = () => ({ tenantId, scanId: scanIdSchema.parse(randomUUID()) });
  const dueAt = new Date(Date.now() + 3_600_000).toISOString();
  const later = await inTenant((tx) => enqueueJob(tx, 'evidence.expire', payload(), systemIds, dueAt));
  const now = await inTenant((tx) => enqueueJob(tx, 'evidence.expire', payload(), systemIds));
  const stateOf = async (id: typeof now) => (await inTenant((tx) => selectJob(tx, id)))?.state;
  await vi.waitFor(async () => expect(await stateOf(now)).toBe('done'), { timeout: 30_000, interval: 20 });
  expect(await stateOf(later)).toBe('pending');
  await worker.stop();
});
