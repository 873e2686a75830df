import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jobIdSchema } from '@lib/contract';
import { idsOf, jobsForTest, type JobsForTest } from '../../../tools/testing/jobs.ts';
import { spawnTypescript } from '../../../tools/testing/spawn-typescript.ts';

let test: JobsForTest;
beforeAll(async () => {
  test = await jobsForTest();
});
afterAll(() => test.close());

describe('a worker killed in the middle of its jobs', () => {
  it('leaves_nothing_behind_that_another_does_not_finish_once', async () => {
    const tenantId = await test.addTenant();
    await test.addPending(tenantId, 12);
    const { urls } = test.database;
    const { child, remove } = await spawnTypescript('tools/testing/hanging-worker.ts', [
      urls.aegis_worker,
      urls.aegis_dispatch,
      urls.aegis_queue,
      'killed',
    ]);
    const held: string[] = [];
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    lines.on('line', (line) => held.push(jobIdSchema.parse(line)));
    await vi.waitFor(() => expect(held).toHaveLength(2), { timeout: 30_000, interval: 20 }); // the share of one tenant
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await remove();
    expect(await test.statesOf(tenantId)).toEqual({ running: 2, pending: 10 });

    const worker = await test.startWorker({ queueName: 'killed' });
    await vi.waitFor(async () => expect(await test.statesOf(tenantId)).toEqual({ done: 12 }), { timeout: 30_000, interval: 20 });
    expect(worker.started).toHaveLength(12);
    expect(idsOf(worker.started).size).toBe(12);
    const again = worker.started.filter((job) => job.attempt === 2).map((job) => job.id);
    expect(new Set<string>(again)).toEqual(new Set(held));
    expect(worker.started.filter((job) => job.attempt !== 2).every((job) => job.attempt === 1)).toBe(true);
  });
});
