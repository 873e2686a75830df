import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { jobIdSchema, jobStates, scanIdSchema, type JobId, type ScanId, type TenantId } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { systemIds } from '@lib/platform/clock';
import { completeAtOnce, idsOf, jobsForTest, type JobsForTest, type TestWorker } from '../../../tools/testing/jobs.ts';
import { cancelJobs, completeJob, enqueueJob, selectJob, selectJobs } from './index.ts';
import { jobMoves, moveJob, type JobMove } from './job-life.ts';
import { markCancelled, markDead, markDone, markRetry, startJob } from './jobs.store.ts';
import { takeTurn } from './take-turn.ts';
import { turnstile } from './turnstile.spec-support.ts';

const patience = { timeout: 45_000, interval: 50 };
const newScan = (): ScanId => scanIdSchema.parse(randomUUID());

let test: JobsForTest;
let queueCount = 0;
const workers: TestWorker[] = [];

beforeAll(async () => {
  test = await jobsForTest();
});
afterAll(() => test.close());
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await test.database.admin(`update app.job set state = 'cancelled' where state in ('pending', 'queued', 'running')`);
  await test.database.admin('delete from ops.ready_tenant');
});

/** A queue of its own for each test, so that nothing left over is found by the next. */
const freshQueue = (): string => `jobs-${String((queueCount += 1))}`;
const start: JobsForTest['startWorker'] = async (options = {}) => {
  const worker = await test.startWorker({ queueName: freshQueue(), ...options });
  workers.push(worker);
  return worker;
};
const enqueue = (tenantId: TenantId, scanId = newScan()): Promise<JobId> =>
  test.tenancy.withTenant(test.contextOf(tenantId), 'ask for work', (tx) =>
    enqueueJob(tx, 'scan.analyze', { tenantId, scanId }, systemIds),
  );
const view = (tenantId: TenantId, id: JobId) => test.tenancy.withTenant(test.contextOf(tenantId), 'look', (tx) => selectJob(tx, id));
const stateIs = (tenantId: TenantId, id: JobId, state: string) =>
  vi.waitFor(async () => expect(await view(tenantId, id)).toMatchObject({ state }), patience);

describe('handing over', () => {
  it('a_job_runs_once_and_is_done', async () => {
    const tenantId = await test.addTenant();
    const worker = await start();
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'done');
    expect(worker.started).toHaveLength(1);
    expect(worker.started[0]).toMatchObject({ id, kind: 'scan.analyze', tenantId, attempt: 1, payload: { tenantId } });
    expect(await view(tenantId, id)).toMatchObject({ attempts: 1, errorCode: null });
  });

  it('a_job_of_a_transaction_that_rolls_back_never_was', async () => {
    const tenantId = await test.addTenant();
    const worker = await start();
    const asked = test.tenancy.withTenant(test.contextOf(tenantId), 'ask and fail', async (tx) => {
      await enqueueJob(tx, 'scan.analyze', { tenantId, scanId: newScan() }, systemIds);
      throw new Error('told');
    });
    await expect(asked).rejects.toThrow('told');
    const other = await enqueue(tenantId);
    await stateIs(tenantId, other, 'done');
    expect(idsOf(worker.started)).toEqual(new Set([other]));
  });

  it('a_job_written_in_a_long_transaction_is_seen_when_it_commits', async () => {
    const tenantId = await test.addTenant();
    const worker = await start({ settings: { requeueMs: 600_000, leaseMs: 600_000 } }); // no recovery may help out
    let early: JobId | undefined;
    const late = await test.tenancy.withTenant(test.contextOf(tenantId), 'a long transaction', async (tx) => {
      const id = await enqueueJob(tx, 'scan.analyze', { tenantId, scanId: newScan() }, systemIds);
      // a second connection; the turn of this tenant comes and goes while the first transaction is open
      const turn = await fetchElsewhere(async () => {
        early = await enqueue(tenantId);
        await stateIs(tenantId, early, 'done');
      });
      expect(turn).toBe('done');
      return id;
    });
    await stateIs(tenantId, late, 'done');
    expect(idsOf(worker.started)).toEqual(new Set([early, late]));
  });

  it('a_payload_of_another_tenant_is_refused_where_it_is_written', async () => {
    const [tenantId, other] = [await test.addTenant(), await test.addTenant()];
    const asked = test.tenancy.withTenant(test.contextOf(tenantId), 'ask', (tx) =>
      enqueueJob(tx, 'scan.analyze', { tenantId: other, scanId: newScan() }, systemIds),
    );
    await expect(asked).rejects.toThrow('a job is of the tenant whose transaction writes it');
    expect(await test.statesOf(other)).toEqual({});
  });
});

describe('the queue is a cache', () => {
  it('every_job_runs_exactly_once_when_the_queue_is_lost_under_running_workers', async () => {
    const tenants = [await test.addTenant(), await test.addTenant(), await test.addTenant()];
    for (const tenantId of tenants) await test.addPending(tenantId, 30);
    let committed = 0;
    const worker = await start({
      handler: async (job, tenancy) => {
        await completeAtOnce(job, tenancy);
        committed += 1;
        if (committed % 20 === 0) await worker.queue.empty();
      },
      settings: { requeueMs: 200 },
    });
    await vi.waitFor(async () => {
      for (const tenantId of tenants) expect(await test.statesOf(tenantId)).toEqual({ done: 30 });
    }, patience);
    expect(committed).toBe(90);
    expect(idsOf(worker.started).size).toBe(90);
    expect(worker.started.every((job) => job.attempt === 1)).toBe(true);
  });

  it('what_a_lost_queue_held_is_handed_over_again_at_start', async () => {
    const tenantId = await test.addTenant();
    const queueName = freshQueue();
    const gate = turnstile();
    // the running job ends by the gate, not by the stop: on a busy machine a short stop would abort it into a second attempt
    const slow = { requeueMs: 600_000, leaseMs: 600_000, stopMs: 60_000, concurrency: 1, windowFactor: 4, runningPerTenantMax: 10 };
    const first = await start({ handler: gate.handler, queueName, settings: slow });
    await test.addPending(tenantId, 6);
    await vi.waitFor(async () => expect(await test.statesOf(tenantId)).toEqual({ running: 1, queued: 3, pending: 2 }), patience);
    const stopped = first.jobs.stop();
    gate.open(); // for good: until its worker is closed, one more may start
    await stopped;
    await first.queue.empty();
    const second = await start({ queueName, settings: slow });
    await vi.waitFor(async () => expect(await test.statesOf(tenantId)).toEqual({ done: 6 }), patience);
    expect([...first.started, ...second.started].map((job) => job.attempt)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(idsOf([...first.started, ...second.started]).size).toBe(6);
  });
});

describe('leases', () => {
  it('a_late_worker_cannot_commit', async () => {
    const tenantId = await test.addTenant();
    const gate = Promise.withResolvers<undefined>();
    const outcomes: unknown[] = [];
    const worker = await start({
      handler: async (job, tenancy) => {
        if (job.attempt > 1) return completeAtOnce(job, tenancy);
        await gate.promise; // deaf to its signal, as a hung analyzer would be
        const late = tenancy.withTenant(test.contextOf(job.tenantId), 'too late', async (tx) => {
          await enqueueJob(tx, 'findings.record', { tenantId: job.tenantId, scanId: newScan() }, systemIds);
          await completeJob(tx, job);
        });
        outcomes.push(
          await late.then(
            () => 'committed',
            (error: unknown) => error,
          ),
          job.signal.reason,
        );
        await late;
      },
    });
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'running');
    await test.database.admin(`update app.job set attempts = 2, lease_until = now() - interval '1 second' where id = $1`, [id]);
    await vi.waitFor(() => expect(worker.started[0]?.signal.reason).toMatchObject({ code: 'job.lease_lost' }), patience);
    await stateIs(tenantId, id, 'done');
    gate.resolve(undefined);
    await vi.waitFor(() => expect(outcomes).toHaveLength(2), patience);
    expect(outcomes[0]).toMatchObject({ code: 'job.lease_lost' });
    await vi.waitFor(() => expect(worker.events).toContain('job.superseded'), patience);
    expect(await test.statesOf(tenantId)).toEqual({ done: 1 }); // the second job was rolled back with it
    expect(worker.started.map((job) => job.attempt)).toEqual([1, 3]);
  });

  it('a_lease_is_renewed_for_as_long_as_the_handler_runs', async () => {
    const tenantId = await test.addTenant();
    const gate = turnstile();
    const worker = await start({ handler: gate.handler, settings: { leaseMs: 400, heartbeatMs: 50 } });
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'running');
    const leaseOf = async () =>
      Date.parse(String((await test.database.admin('select lease_until from app.job where id = $1', [id]))[0]?.['lease_until']));
    const first = await leaseOf();
    await vi.waitFor(async () => expect(await leaseOf()).toBeGreaterThan(first + 800), patience); // two leases long
    gate.letGo();
    await stateIs(tenantId, id, 'done');
    expect(worker.started).toHaveLength(1);
  });
});

describe('failure', () => {
  const passing = { error: new Error('told'), attempts: [1, 2, 3], errorCode: 'job.unexpected' };
  const refused = { error: new Fault('test.refused', { internal: 'told', lasting: true }), attempts: [1], errorCode: 'test.refused' };
  const told = { a_failing_job_is_tried_again_then_dead_with_its_code: passing, one_whose_fault_lasts_is_not_tried_again: refused };
  it.each(Object.entries(told))('%s', async (_name, { error, attempts, errorCode }) => {
    const tenantId = await test.addTenant();
    const worker = await start({ handler: () => Promise.reject(error), settings: { attemptsMax: 3 } });
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'dead');
    expect(worker.started.map((job) => job.attempt)).toEqual(attempts);
    expect(await view(tenantId, id)).toMatchObject({ attempts: attempts.length, errorCode });
    expect(worker.dead).toMatchObject([{ id, tenantId, attempts: attempts.length, errorCode, payload: { tenantId } }]);
    const dead = await test.tenancy.withTenant(test.contextOf(tenantId), 'look', (tx) => selectJobs(tx, { state: 'dead', limit: 10 }));
    expect(dead.map((job) => job.id)).toEqual([id]);
  });

  it('a_job_is_not_buried_when_what_must_be_written_with_it_is_not', async () => {
    const tenantId = await test.addTenant();
    let refusals = 2;
    const worker = await start({
      handler: () => Promise.reject(new Error('told')),
      settings: { attemptsMax: 1, leaseMs: 200 },
      onDead: async (tx, job) => {
        await enqueueJob(tx, 'findings.record', { tenantId: job.tenantId, scanId: newScan() }, systemIds);
        if ((refusals -= 1) >= 0) throw new Error('told');
        await tx.query({ name: 'test.stop', text: `update app.job set state = 'cancelled' where kind = 'findings.record'`, values: [] });
      },
    });
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'dead');
    expect(refusals).toBe(-1);
    expect(await test.statesOf(tenantId)).toEqual({ dead: 1, cancelled: 1 }); // one transaction got through
    expect(worker.events).toContain('job.recovery_failed');
  });

  it('a_handler_that_forgets_to_complete_has_failed', async () => {
    const tenantId = await test.addTenant();
    await start({ handler: () => Promise.resolve(), settings: { attemptsMax: 2 } });
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'dead');
    expect(await view(tenantId, id)).toMatchObject({ errorCode: 'job.not_completed' });
  });

  it.each([
    { what: 'of_another_tenant', code: 'job.tenant_mismatch', payload: (other: TenantId) => ({ tenantId: other, scanId: newScan() }) },
    { what: 'that_follows_no_schema', code: 'job.payload_invalid', payload: () => ({ anything: 1 }) },
  ])('a_payload_$what goes dead and reaches no handler', async ({ code, payload }) => {
    const [tenantId, other] = [await test.addTenant(), await test.addTenant()];
    const worker = await start();
    const id = await enqueue(tenantId);
    await stateIs(tenantId, id, 'done');
    await test.database.admin(`update app.job set state = 'pending', payload = $2 where id = $1`, [id, JSON.stringify(payload(other))]);
    await test.database.admin(`insert into ops.ready_tenant (queue, tenant_id) values ('job', $1)`, [tenantId]);
    await stateIs(tenantId, id, 'dead');
    expect(worker.started).toHaveLength(1);
    expect(await view(tenantId, id)).toMatchObject({ errorCode: code, attempts: 2 });
    expect(worker.alarms).toEqual(code === 'job.tenant_mismatch' ? [{ code, jobId: id, tenantId, claimed: other }] : []);
    expect(worker.dead).toMatchObject([{ id, errorCode: code }]);
  });

  it('an_entry_that_names_another_tenant_s_job_does_nothing', async () => {
    const [tenantId, other] = [await test.addTenant(), await test.addTenant()];
    const id = await enqueue(other);
    await test.database.admin(`delete from ops.ready_tenant`); // so that nobody hands it over properly
    await test.database.admin(`update app.job set state = 'queued', queued_at = now() where id = $1`, [id]);
    const worker = await start();
    await worker.queue.addMany([{ id: 'forged', data: { tenantId, jobId: id } }]);
    await vi.waitFor(async () => expect(await worker.queue.counts()).toEqual({ waiting: 0, active: 0 }), patience);
    expect(await view(other, id)).toMatchObject({ state: 'queued', attempts: 0 });
    expect(worker.started).toEqual([]);
  });
});

describe('cancelling', () => {
  it('aborts_what_runs_and_never_starts_what_waits', async () => {
    const tenantId = await test.addTenant();
    const scanId = newScan();
    const gate = turnstile();
    const worker = await start({ handler: gate.handler, settings: { concurrency: 1, runningPerTenantMax: 2 } });
    const ids = [await enqueue(tenantId, scanId), await enqueue(tenantId, scanId), await enqueue(tenantId, scanId)];
    const untouched = await enqueue(tenantId);
    await vi.waitFor(async () => expect(await test.statesOf(tenantId)).toEqual({ running: 1, queued: 1, pending: 2 }), patience);
    const cancelled = await test.tenancy.withTenant(test.contextOf(tenantId), 'cancel', (tx) => cancelJobs(tx, { scanId }));
    expect(cancelled).toEqual(ids);
    await vi.waitFor(() => expect(worker.started[0]?.signal.reason).toMatchObject({ code: 'job.cancelled' }), patience);
    await vi.waitFor(() => expect(gate.held.has(untouched)).toBe(true), patience);
    gate.letGo();
    await stateIs(tenantId, untouched, 'done');
    expect(worker.started.map((job) => job.id)).toEqual([ids[0], untouched]);
    expect(await test.statesOf(tenantId)).toEqual({ cancelled: 3, done: 1 });
  });
});

describe('the table keeps the state machine', () => {
  it('every_move_from_every_state_does_what_the_model_says', async () => {
    const tenantId = await test.addTenant();
    const scanId = newScan();
    const id = jobIdSchema.parse(randomUUID());
    await test.database.admin(
      `insert into app.job (tenant_id, id, kind, payload, attempts) values ($1::uuid, $2, 'scan.analyze', jsonb_build_object('tenantId', $1::uuid::text, 'scanId', $3::text), 1)`,
      [tenantId, id, scanId],
    );
    const does: Readonly<Record<JobMove, () => Promise<unknown>>> = {
      handOver: () =>
        test.tenancy.withTenant(test.contextOf(tenantId), 'move', (tx) =>
          takeTurn(tx, { quota: 1, runningPerTenantMax: 9, leaseMs: 60_000, requeueMs: 60_000 }),
        ),
      start: () => test.tenancy.withTenant(test.contextOf(tenantId), 'move', (tx) => startJob(tx, id, 1_000)),
      complete: () => test.tenancy.withTenant(test.contextOf(tenantId), 'move', (tx) => markDone(tx, id, 1)),
      retry: () =>
        test.tenancy.withTenant(test.contextOf(tenantId), 'move', (tx) => markRetry(tx, id, { attempt: 1, delayMs: 0, errorCode: 'told' })),
      bury: () => test.tenancy.withTenant(test.contextOf(tenantId), 'move', (tx) => markDead(tx, id, { attempt: 1, errorCode: 'told' })),
      cancel: () => test.tenancy.withTenant(test.contextOf(tenantId), 'move', (tx) => markCancelled(tx, scanId)),
    };
    for (const state of jobStates) {
      for (const move of Object.keys(jobMoves).filter((name): name is JobMove => name in jobMoves)) {
        await test.database.admin('update app.job set state = $2, attempts = 1, queued_at = now(), lease_until = now() where id = $1', [
          id,
          state,
        ]);
        await does[move]();
        expect(await view(tenantId, id), `${move} from ${state}`).toMatchObject({ state: moveJob(state, move) ?? state });
      }
    }
    for (const move of ['complete', 'retry', 'bury'] as const) {
      await test.database.admin(`update app.job set state = 'running', attempts = 2 where id = $1`, [id]);
      await does[move](); // fenced: it is attempt 2 that runs
      expect(await view(tenantId, id), `${move} of an earlier attempt`).toMatchObject({ state: 'running' });
    }
  });
});

describe('listing', () => {
  it('pages_newest_first_through_every_job_once_and_through_no_other_tenant_s', async () => {
    const [tenantId, other] = [await test.addTenant(), await test.addTenant()];
    await test.addPending(tenantId, 25);
    await test.addPending(other, 5);
    const seen: JobId[] = [];
    for (let before: JobId | undefined; ; before = seen.at(-1)) {
      const page = await test.tenancy.withTenant(test.contextOf(tenantId), 'list', (tx) => selectJobs(tx, { before, limit: 10 }));
      if (page.length === 0) break;
      seen.push(...page.map((job) => job.id));
    }
    expect(seen).toHaveLength(25);
    expect(seen).toEqual([...new Set(seen)].toSorted().toReversed());
    const foreign = await test.tenancy.withTenant(test.contextOf(other), 'list', (tx) => selectJobs(tx, { state: 'pending', limit: 100 }));
    expect(foreign).toHaveLength(5);
    expect(foreign.some((job) => seen.includes(job.id))).toBe(false);
    expect(await test.tenancy.withTenant(test.contextOf(tenantId), 'list', (tx) => selectJobs(tx, { state: 'dead', limit: 100 }))).toEqual(
      [],
    );
  });
});

/** Runs outside of the asynchronous context of the transaction that is open, as another request would. */
function fetchElsewhere(work: () => Promise<void>): Promise<'done'> {
  return new Promise((resolve, reject) => {
    elsewhere.push(() => void work().then(() => resolve('done'), reject));
  });
}
const elsewhere: (() => void)[] = [];
const errands = setInterval(() => {
  for (const errand of elsewhere.splice(0)) errand();
}, 5);
afterAll(() => clearInterval(errands));
