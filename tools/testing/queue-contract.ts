import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { limits } from '@lib/contract';
import type { JobQueue, QueueEntry, QueueLocation, QueueWorker } from '@lib/platform/queue';
import { spawnTypescript } from './spawn-typescript.ts';

/** Opens a queue by name. Two calls with one name are two processes on one queue, as far as the backend can tell. */
export type OpenForTest = (name: string) => Promise<JobQueue>;

const leaseMs = 1_000;
const patience = { timeout: 20_000, interval: 20 };

/** What every backend of `JobQueue` keeps. Run once for each. */
export function describeQueueContract(backend: string, open: OpenForTest, locate: () => QueueLocation): void {
  describe(`queue on ${backend}`, () => {
    const opened: JobQueue[] = [];
    let queueCount = 0;
    const openQueue = async (name = `contract-${String((queueCount += 1))}`): Promise<JobQueue> => {
      const queue = await open(name);
      opened.push(queue);
      return queue;
    };
    const gates: PromiseWithResolvers<undefined>[] = [];
    const openGate = (): PromiseWithResolvers<undefined> => {
      const gate = Promise.withResolvers<undefined>();
      gates.push(gate);
      return gate;
    };
    const entries = (count: number, prefix = 'job'): QueueEntry[] =>
      Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${String(index)}`, data: { jobId: String(index) } }));
    const collect = async (queue: JobQueue, options: { concurrency?: number; handler?: (entry: QueueEntry) => Promise<void> } = {}) => {
      const seen: string[] = [];
      const worker: QueueWorker = await queue.work(
        { concurrency: options.concurrency ?? 1, leaseMs, onFatal: (fault) => expect.fail(fault.message) },
        async (entry) => {
          seen.push(entry.id);
          await options.handler?.(entry);
        },
      );
      return { seen, worker };
    };

    afterEach(async () => {
      for (const gate of gates.splice(0)) gate.resolve(undefined); // a test that failed half-way must not hold its worker open
      await Promise.all(opened.splice(0).map((queue) => queue.close()));
    });

    it('hands_every_entry_over_once_and_in_order', async () => {
      const queue = await openQueue();
      const wanted = entries(200);
      await queue.addMany(wanted.slice(0, 100));
      await queue.addMany(wanted.slice(100));
      const { seen } = await collect(queue);
      await vi.waitFor(() => expect(seen).toHaveLength(200), patience);
      expect(seen).toEqual(wanted.map((entry) => entry.id));
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
      expect(seen).toHaveLength(200);
    });

    it('carries_the_ids_of_the_entry', async () => {
      const queue = await openQueue();
      const data = { tenantId: 'a', jobId: 'b' };
      const got: QueueEntry[] = [];
      await collect(queue, { handler: (entry) => Promise.resolve(void got.push(entry)) });
      await queue.addMany([{ id: 'one', data }]);
      await vi.waitFor(() => expect(got).toEqual([{ id: 'one', data }]), patience);
    });

    it('leaves_an_id_that_waits_or_runs_as_it_is', async () => {
      const queue = await openQueue();
      const gate = openGate();
      await queue.addMany(entries(3));
      await queue.addMany(entries(3));
      expect(await queue.counts()).toEqual({ waiting: 3, active: 0 });
      const { seen } = await collect(queue, { handler: () => gate.promise });
      await vi.waitFor(() => expect(seen).toHaveLength(1), patience);
      await queue.addMany(entries(3));
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 2, active: 1 }), patience);
      gate.resolve(undefined);
      await vi.waitFor(() => expect(seen).toHaveLength(3), patience);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
      expect(seen).toEqual(['job-0', 'job-1', 'job-2']);
    });

    it('takes_an_id_again_once_it_has_ended', async () => {
      const queue = await openQueue();
      const { seen } = await collect(queue, { handler: () => (seen.length === 2 ? Promise.reject(new Error('told')) : Promise.resolve()) });
      for (const count of [1, 2, 3]) {
        await queue.addMany(entries(1));
        await vi.waitFor(() => expect(seen).toHaveLength(count), patience);
        await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
      }
    });

    it('runs_no_more_than_its_concurrency_at_a_time', async () => {
      const queue = await openQueue();
      let running = 0;
      let most = 0;
      await queue.addMany(entries(40));
      const { seen } = await collect(queue, {
        concurrency: 4,
        handler: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        },
      });
      await vi.waitFor(() => expect(seen).toHaveLength(40), patience);
      expect(most).toBeLessThanOrEqual(4);
      expect(most).toBeGreaterThan(1);
    });

    it('a_failed_handler_ends_its_entry_and_no_other', async () => {
      const queue = await openQueue();
      await queue.addMany(entries(5));
      const { seen } = await collect(queue, {
        handler: (entry) => (entry.id === 'job-2' ? Promise.reject(new Error('told')) : Promise.resolve()),
      });
      await vi.waitFor(() => expect(seen).toHaveLength(5), patience);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
      expect(seen.filter((id) => id === 'job-2')).toHaveLength(1);
    });

    it('removes_what_waits_and_not_what_runs', async () => {
      const queue = await openQueue();
      const gate = openGate();
      const { seen } = await collect(queue, { handler: () => gate.promise });
      await queue.addMany(entries(2));
      await vi.waitFor(() => expect(seen).toEqual(['job-0']), patience);
      expect(await queue.remove('job-1')).toBe(true);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
      expect(await queue.remove('job-0')).toBe(false);
      gate.resolve(undefined);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
      expect(seen).toEqual(['job-0']);
    });

    it('shares_the_work_between_processes', async () => {
      const [first, second] = [await openQueue('contract-shared'), await openQueue('contract-shared')];
      const rendezvous = openGate();
      let inside = 0;
      const both = () => {
        inside += 1;
        if (inside === 2) rendezvous.resolve(undefined);
        return rendezvous.promise; // resolves only when each of the two holds an entry
      };
      await collect(first, { handler: both });
      await collect(second, { handler: both });
      await first.addMany(entries(2));
      await rendezvous.promise;
      await vi.waitFor(async () => expect(await second.counts()).toEqual({ waiting: 0, active: 0 }), patience);
    });

    it('the_entry_of_a_killed_process_goes_to_another', async () => {
      const queue = await openQueue('contract-killed');
      await queue.addMany(entries(1));
      const { kind, url } = locate();
      const { child, remove } = await spawnTypescript('tools/testing/hanging-consumer.ts', [kind, url, 'contract-killed', String(leaseMs)]);
      const taken: unknown[] = await once(child.stdout ?? process.stdin, 'data');
      expect(String(taken[0])).toBe('job-0\n');
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await remove();
      expect(await queue.counts()).toEqual({ waiting: 0, active: 1 });
      const { seen } = await collect(queue);
      await vi.waitFor(() => expect(seen).toEqual(['job-0']), patience);
      await vi.waitFor(async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
    });

    it('forgets_everything_when_emptied_and_goes_on', async () => {
      const queue = await openQueue();
      await queue.addMany(entries(10));
      await queue.empty();
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
      const { seen } = await collect(queue);
      await queue.addMany(entries(2));
      await vi.waitFor(() => expect(seen).toEqual(['job-0', 'job-1']), patience);
    });

    it('close_waits_for_the_handler_that_runs', async () => {
      const queue = await openQueue();
      const gate = openGate();
      let ended = false;
      const { seen, worker } = await collect(queue, {
        handler: async () => {
          await gate.promise;
          ended = true;
        },
      });
      await queue.addMany(entries(1));
      await vi.waitFor(() => expect(seen).toHaveLength(1), patience);
      const closed = worker.close();
      gate.resolve(undefined);
      await closed;
      expect(ended).toBe(true);
    });

    it('refuses_a_batch_over_the_limit', async () => {
      const queue = await openQueue();
      await expect(queue.addMany(entries(limits.queueAddMax + 1))).rejects.toThrow('limits.queueAddMax');
    });
  });
}
