import {
  createPostgresBackend,
  createRedisBackend,
  Queue,
  type ConnectionOptions,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  type Processor,
  type RedisQueueBackend,
  type WorkerOptions,
} from 'bullmq';
import { limits } from '@lib/contract';
import { GuardedWorker } from './guarded-worker.ts';
import type { QueueEntry } from './job-queue.ts';
import type { QueueLocation } from './queue-location.ts';

type EntryData = QueueEntry['data'];

/** The half of a BullMQ queue that we use, whatever its backend. */
export type SendingEnd = {
  readonly waitUntilReady: () => Promise<void>;
  readonly addBulk: (jobs: { name: string; data: EntryData; opts: { jobId: string } }[]) => Promise<unknown>;
  readonly remove: (id: string) => Promise<number>;
  readonly getJobCounts: (...states: ('waiting' | 'active')[]) => Promise<Record<string, number>>;
  readonly obliterate: (options: { force: boolean }) => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly close: () => Promise<void>;
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown;
};

/** The half of a BullMQ worker that we use, whatever its backend. */
export type ReceivingEnd = {
  readonly waitUntilReady: () => Promise<void>;
  readonly run: () => Promise<void>;
  readonly close: (force: boolean) => Promise<void>;
  readonly releaseGuard: () => void;
  readonly on: {
    (event: 'error', listener: (error: Error) => void): unknown;
    (event: 'failed', listener: (job: unknown, error: Error) => void): unknown;
    (event: 'stalled', listener: () => void): unknown;
  };
};

/** Opens the end that adds. Neither end migrates: that is a step of its own, before any process starts. */
export function openSendingEnd(name: string, location: QueueLocation): SendingEnd {
  const defaultJobOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
  if (location.kind === 'postgres') {
    return new Queue<EntryData, unknown, string, EntryData, unknown, string, PostgresQueueBackend, PostgresConnectionOptions>(
      name,
      { connection: postgresConnection(location.url), defaultJobOptions },
      createPostgresBackend,
    );
  }
  // without an offline queue a command fails at once when the server is gone, instead of waiting for its return
  return new Queue<EntryData, unknown, string, EntryData, unknown, string, RedisQueueBackend, ConnectionOptions>(
    name,
    { connection: { url: location.url, enableOfflineQueue: false }, defaultJobOptions },
    createRedisBackend,
  );
}

/** Opens the end that works. It does not run until `run` is called. */
export function openReceivingEnd(
  name: string,
  location: QueueLocation,
  options: { readonly handler: Processor<EntryData>; readonly concurrency: number; readonly leaseMs: number },
): ReceivingEnd {
  const shared = {
    autorun: false,
    concurrency: options.concurrency,
    lockDuration: options.leaseMs,
    stalledInterval: options.leaseMs,
    maxStalledCount: limits.jobAttemptsMax,
    runRetryDelay: limits.queueRetryMs,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  } satisfies Omit<WorkerOptions, 'connection'>;
  return location.kind === 'postgres'
    ? new GuardedWorker<PostgresQueueBackend, PostgresConnectionOptions>(
        name,
        options.handler,
        { ...shared, connection: postgresConnection(location.url) },
        createPostgresBackend,
      )
    : new GuardedWorker<RedisQueueBackend, ConnectionOptions>(
        name,
        options.handler,
        { ...shared, connection: { url: location.url } },
        createRedisBackend,
      );
}

function postgresConnection(url: string) {
  return { connectionString: url, max: limits.queueConnectionsMax, migrate: false };
}
