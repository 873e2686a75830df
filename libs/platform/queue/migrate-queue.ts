import { runMigrations, DEFAULT_SCHEMA } from 'bullmq';
import pg from 'pg';
import { classifyQueueError } from './classify-queue-error.ts';
import type { QueueLocation } from './queue-location.ts';

/**
 * Brings the queue's own schema up to date. A release step: it runs before any process that uses the queue, never inside one.
 * On Redis there is nothing to do.
 * Errors: `queue.forbidden` (the role lacks CREATE on its database), `queue.login_refused`, `queue.absent`, `queue.unavailable`, ...
 */
export async function migrateQueue(location: QueueLocation): Promise<void> {
  if (location.kind === 'redis') return;
  const client = new pg.Client({ connectionString: location.url });
  client.on('error', () => undefined); // the statement that it breaks reports it
  try {
    await client.connect();
    await runMigrations(client, DEFAULT_SCHEMA);
  } catch (error) {
    throw classifyQueueError(error).fault;
  } finally {
    await client.end().catch(() => undefined);
  }
}
