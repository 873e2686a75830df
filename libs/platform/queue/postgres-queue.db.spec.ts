import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Fault } from '@lib/kernel';
import { openLog } from '@lib/platform/telemetry';
import { systemClock } from '@lib/platform/clock';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { describeQueueContract } from '../../../tools/testing/queue-contract.ts';
import { migrateQueue } from './migrate-queue.ts';
import { openQueue } from './open-queue.ts';
import type { QueueLocation } from './queue-location.ts';

const lines: string[] = [];
const log = openLog({ service: 'test', destination: { write: (line) => lines.push(line) } });
const open = (name: string, location: QueueLocation) => openQueue({ name, location, log, clock: systemClock });

describe('with the embedded Postgres', () => {
  let database: TestDatabase;
  let location: QueueLocation;
  beforeAll(async () => {
    database = await testDatabase();
    location = { kind: 'postgres', url: database.urls.aegis_queue };
    await migrateQueue(location);
  });
  afterAll(() => database.drop());

  describeQueueContract(
    'postgres',
    (name) => open(name, location),
    () => location,
  );

  it('migrating_twice_changes_nothing', async () => {
    await expect(migrateQueue(location)).resolves.toBeUndefined();
  });
});

describe('a queue that waiting will not cure', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  it('is_refused_at_the_door_when_it_is_not_migrated', async () => {
    await expect(open('jobs', { kind: 'postgres', url: database.urls.aegis_queue })).rejects.toMatchObject({ code: 'queue.not_migrated' });
  });

  it('is_refused_at_the_door_when_the_login_is_wrong', async () => {
    const url = new URL(database.urls.aegis_queue);
    url.password = 'wrong';
    await expect(open('jobs', { kind: 'postgres', url: url.href })).rejects.toMatchObject({ code: 'queue.login_refused' });
    await expect(migrateQueue({ kind: 'postgres', url: url.href })).rejects.toMatchObject({ code: 'queue.login_refused' });
  });

  it('is_a_fault_when_the_role_may_not_create_its_schema', async () => {
    // the worker's role in the main database: it may connect, and nothing more
    await expect(migrateQueue({ kind: 'postgres', url: database.urls.aegis_worker })).rejects.toMatchObject({ code: 'queue.forbidden' });
  });

  it('ends_a_running_worker_with_one_fault_while_timers_go_on_firing', async () => {
    const url = new URL(database.urls.aegis_queue);
    await migrateQueue({ kind: 'postgres', url: url.href });
    const queue = await open('doomed', { kind: 'postgres', url: url.href });
    const faults: Fault[] = [];
    await queue.work({ concurrency: 2, leaseMs: 1_000, onFatal: (fault) => faults.push(fault) }, () => Promise.resolve());
    let beats = 0;
    const heart = setInterval(() => (beats += 1), 5);
    lines.length = 0;
    await dropSchema(url.href);
    await queue.addMany([{ id: 'a', data: {} }]).catch(() => undefined);
    await vi.waitFor(() => expect(faults).toHaveLength(1), { timeout: 20_000, interval: 20 });
    const beatsAtFault = beats;
    await vi.waitFor(() => expect(beats).toBeGreaterThan(beatsAtFault + 100), { timeout: 20_000, interval: 20 });
    clearInterval(heart);
    expect(faults.map((fault) => fault.code)).toEqual(['queue.not_migrated']);
    expect(lines.length).toBeLessThan(10);
    await queue.close();
  });
});

const dropAttemptsMax = 20;

// The worker takes its locks in another order: the server may end either side of a deadlock, and ours asks again.
async function dropSchema(url: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query('drop schema bullmq cascade');
      break;
    } catch (error) {
      const deadlock = error instanceof Error && 'code' in error && error.code === '40P01';
      if (!deadlock || attempt === dropAttemptsMax) throw error;
    }
  }
  await client.end();
}
