import { setTimeout as pause } from 'node:timers/promises';
import { Worker, type IQueueBackend, type Job } from 'bullmq';
import { limits } from '@lib/contract';
import type { QueueEntry } from './job-queue.ts';

type EntryData = QueueEntry['data'];

/**
 * A BullMQ worker that pauses after a failed fetch. Without the pause it asks a broken backend again at once, and when the failure
 * needs no round trip (a schema that is not migrated is remembered) the loop never lets a timer of this process fire again.
 */
export class GuardedWorker<B extends IQueueBackend, C> extends Worker<EntryData, unknown, string, B, number, C> {
  readonly #released = new AbortController();

  /** Ends a pause that is under way; called before `close`. */
  releaseGuard(): void {
    this.#released.abort();
  }

  protected override async moveToActive(token: string, name?: string): Promise<Job<EntryData, unknown, string, number>> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await pause(limits.queueRetryMs, undefined, { signal: this.#released.signal }).catch(() => undefined);
      throw error;
    }
  }
}
