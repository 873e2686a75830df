import { assert, type Clock, Fault } from '@lib/kernel';
import { limits } from '@lib/contract';
import { describeError, quietLog, type Log } from '@lib/platform/telemetry';
import { checkRedis } from './check-redis.ts';
import { classifyQueueError } from './classify-queue-error.ts';
import type { JobQueue, QueueEntry, QueueHandler, QueueWorker, WorkOptions } from './job-queue.ts';
import { openReceivingEnd, openSendingEnd, type SendingEnd } from './queue-ends.ts';
import type { QueueLocation } from './queue-location.ts';

/** `name` separates queues in one location: lower case, no colon. */
export type QueueOptions = { readonly name: string; readonly location: QueueLocation; readonly log: Log; readonly clock: Clock };

/**
 * Opens the queue and proves that it answers.
 * Errors: `queue.not_migrated`, `queue.too_new`, `queue.forbidden`, `queue.login_refused`, `queue.absent`, `queue.evicts`, `queue.unavailable`.
 */
export async function openQueue(options: QueueOptions): Promise<JobQueue> {
  const log = quietLog(options.log, options.clock, limits.queueLogEveryMs);
  await answering(async () => {
    if (options.location.kind === 'redis') await checkRedis(options.location.url);
  });
  const queue = openSendingEnd(options.name, options.location);
  queue.on('error', (error) => log.warn('queue.connection_failed', describeError(classifyQueueError(error).fault)));
  await answering(async () => {
    await queue.waitUntilReady();
  }).catch(async (error: unknown) => {
    await closeEnd(queue);
    throw error;
  });
  const workers = new Set<QueueWorker>();
  return {
    addMany: (entries) => answering(() => addMany(queue, entries)),
    remove: (id) => answering(() => removeWaiting(queue, id)),
    counts: () => answering(() => count(queue)),
    empty: () => answering(() => empty(queue)),
    work: async (work, handler) => {
      const worker = await startWorker({ ...options, log }, work, handler);
      workers.add(worker);
      return worker;
    },
    close: async () => {
      await Promise.all([...workers].map((worker) => worker.close()));
      await closeEnd(queue);
    },
  };
}

async function addMany(queue: SendingEnd, entries: readonly QueueEntry[]): Promise<void> {
  assert(entries.length <= limits.queueAddMax, 'entries.length <= limits.queueAddMax');
  if (entries.length === 0) return;
  await queue.addBulk(entries.map(({ id, data }) => ({ name: 'job', data, opts: { jobId: id } })));
}

async function removeWaiting(queue: SendingEnd, id: string): Promise<boolean> {
  return (await queue.remove(id)) === 1;
}

async function count(queue: SendingEnd): Promise<{ waiting: number; active: number }> {
  const counts = await queue.getJobCounts('waiting', 'active');
  return { waiting: counts['waiting'] ?? 0, active: counts['active'] ?? 0 };
}

async function empty(queue: SendingEnd): Promise<void> {
  await queue.obliterate({ force: true });
  await queue.resume(); // obliterate pauses first
}

async function startWorker(options: QueueOptions, work: WorkOptions, handler: QueueHandler): Promise<QueueWorker> {
  const { log } = options;
  const worker = openReceivingEnd(options.name, options.location, {
    concurrency: work.concurrency,
    leaseMs: work.leaseMs,
    handler: (job) => handler({ id: job.id ?? '', data: job.data }),
  });
  let closing: Promise<void> | undefined;
  let fatal = false;
  const close = (force: boolean): Promise<void> => {
    worker.releaseGuard();
    closing ??= worker.close(force);
    return closing;
  };
  worker.on('failed', (_job, error) => log.warn('queue.entry_failed', describeError(error)));
  worker.on('stalled', () => log.warn('queue.entry_stalled'));
  worker.on('error', (error) => {
    const { fault, permanent } = classifyQueueError(error);
    if (closing !== undefined) return;
    log.error('queue.work_failed', describeError(fault));
    if (!permanent || fatal) return;
    fatal = true;
    void close(true).catch(() => undefined);
    work.onFatal(fault);
  });
  try {
    await answering(() => worker.waitUntilReady());
  } catch (error) {
    await close(true);
    throw error;
  }
  worker.run().catch((error: unknown) => log.error('queue.work_failed', describeError(error)));
  return { close: () => close(false) };
}

async function closeEnd(end: SendingEnd): Promise<void> {
  await end.close().catch(() => undefined);
}

async function answering<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw classifyQueueError(error).fault;
  }
}
