export type { JobQueue, QueueEntry, QueueCounts, QueueHandler, QueueWorker, WorkOptions } from './job-queue.ts';
export type { QueueLocation } from './queue-location.ts';
export { openQueue, type QueueOptions } from './open-queue.ts';
export { migrateQueue } from './migrate-queue.ts';
