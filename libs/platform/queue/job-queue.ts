import type { Fault } from '@lib/kernel';

/** What waits in the queue: an id that makes it unique while it waits or runs, and ids that say what to do. Never content. */
export type QueueEntry = { readonly id: string; readonly data: Readonly<Record<string, string>> };

/** How much the queue holds. An entry being worked on is active until its handler settles. */
export type QueueCounts = { readonly waiting: number; readonly active: number };

/** A handler that rejects has failed for good as far as the queue knows: retries belong to whoever keeps the record. */
export type QueueHandler = (entry: QueueEntry) => Promise<void>;

/** The receiving end. `close` takes no more entries and waits for the handlers that run. */
export type QueueWorker = { readonly close: () => Promise<void> };

/**
 * A queue that may be lost: MUST NOT be the only place where work is written down. First in, first out; an entry is handed to one
 * handler at a time, and again when the process that held it dies. So a handler MUST bear being called twice for one entry.
 * Errors: each method throws `Fault` (`queue.*`) when the backend does not answer.
 */
export type JobQueue = {
  /** Adds entries in their order; one whose id already waits or runs is left as it is. At most `limits.queueAddMax` a call. */
  readonly addMany: (entries: readonly QueueEntry[]) => Promise<void>;
  readonly work: (options: WorkOptions, handler: QueueHandler) => Promise<QueueWorker>;
  /** Takes a waiting entry out; answers false when it already runs. */
  readonly remove: (id: string) => Promise<boolean>;
  readonly counts: () => Promise<QueueCounts>;
  /** Forgets everything, running entries included. What a lost backend does by itself. */
  readonly empty: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** `leaseMs`: an entry whose process has not been heard of for this long goes to another. Units: ms. */
export type WorkOptions = {
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Called once, when the backend says something that waiting will not cure. The worker has stopped; the process should. */
  readonly onFatal: (fault: Fault) => void;
};
