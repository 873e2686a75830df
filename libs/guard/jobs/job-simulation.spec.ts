import { expect, it } from 'vitest';
import type { JobState } from '@lib/contract';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { decideFailure } from './decide-failure.ts';
import { endStates, moveJob, type JobMove } from './job-life.ts';
import { shareSlots, slotsToFill } from './share-slots.ts';

// The whole of dispatch, queue and workers as a model over the same pure rules, with everything that can break breaking at any step:
// the queue is lost, a worker dies or falls asleep past its lease, an entry comes twice, a dispatcher dies between commit and queue.
const terms = { concurrency: 3, windowFactor: 2, runningPerTenantMax: 2, attemptsMax: 4, leaseMs: 10, requeueMs: 10, quantum: 2 };
const tenantCount = 4;
const stepsMax = 20_000; // bound of the quiet end: every job has ended long before

type Row = {
  id: number;
  tenant: number;
  state: JobState;
  attempt: number;
  notBefore: number;
  queuedAt: number;
  leaseUntil: number;
  ends: JobState[];
  commits: number;
};
type Hand = { row: Row; attempt: number; renews: boolean };

class World {
  now = 0;
  readonly rows: Row[] = [];
  ring: { tenant: number; at: number }[] = [];
  readonly queue: { row: Row; key: string }[] = [];
  readonly hands: Hand[] = [];

  enqueue(tenant: number): void {
    this.rows.push({
      id: this.rows.length,
      tenant,
      state: 'pending',
      attempt: 0,
      notBefore: this.now,
      queuedAt: 0,
      leaseUntil: 0,
      ends: [],
      commits: 0,
    });
    this.mark(tenant, this.now);
  }

  move(row: Row, move: JobMove): boolean {
    const next = moveJob(row.state, move);
    if (next === undefined) return false;
    row.state = next;
    if (endStates.includes(next)) row.ends.push(next);
    return true;
  }

  mark(tenant: number, at: number): void {
    this.ring.push({ tenant, at: Math.max(at, this.now) });
  }

  /** One pass. `crash`: the dispatcher dies after its commits and before the queue has heard. */
  dispatch(crash: boolean): void {
    const free = slotsToFill({ ...terms, waiting: this.queue.length, running: this.hands.length });
    const ready = [
      ...new Set(
        this.ring
          .filter((mark) => mark.at <= this.now)
          .toSorted((a, b) => a.at - b.at)
          .map((mark) => mark.tenant),
      ),
    ];
    for (const { tenant, quota } of shareSlots(ready, free, terms.quantum)) this.turn(tenant, { quota, crash, requeueMs: terms.requeueMs });
  }

  turn(tenant: number, look: { quota: number; crash: boolean; requeueMs: number }): void {
    this.ring = this.ring.filter((mark) => mark.tenant !== tenant);
    const mine = this.rows.filter((row) => row.tenant === tenant);
    const inFlight = () => mine.filter((row) => row.state === 'queued' || row.state === 'running').length;
    const expired = mine.filter((row) => row.state === 'running' && row.leaseUntil <= this.now);
    const again = mine.filter((row) => row.state === 'queued' && row.queuedAt + look.requeueMs <= this.now);
    const due = mine
      .filter((row) => row.state === 'pending' && row.notBefore <= this.now)
      .toSorted((a, b) => a.notBefore - b.notBefore || a.id - b.id)
      .slice(0, Math.max(0, Math.min(look.quota, terms.runningPerTenantMax - inFlight())));
    for (const row of expired) row.leaseUntil = this.now + terms.leaseMs;
    for (const row of due) this.move(row, 'handOver');
    for (const row of [...again, ...due]) row.queuedAt = this.now;
    expect(inFlight()).toBeLessThanOrEqual(terms.runningPerTenantMax);
    const room = inFlight() < terms.runningPerTenantMax;
    const looks = mine.flatMap((row) =>
      row.state === 'pending' && room
        ? [row.notBefore]
        : row.state === 'queued'
          ? [row.queuedAt + terms.requeueMs]
          : row.state === 'running'
            ? [row.leaseUntil]
            : [],
    );
    if (looks.length > 0) this.mark(tenant, Math.min(...looks));
    if (look.crash) return;
    for (const row of [...again, ...due]) this.add(row);
    for (const row of expired) this.fail(row, row.attempt);
  }

  /** The queue's own deduplication: an id that waits is left as it is. */
  add(row: Row): void {
    const key = `${String(row.id)}-${String(row.attempt)}`;
    if (!this.queue.some((entry) => entry.key === key)) this.queue.push({ row, key });
  }

  start(): void {
    if (this.hands.length >= terms.concurrency) return;
    const row = this.queue.shift()?.row;
    if (row === undefined || !this.move(row, 'start')) return;
    row.attempt += 1;
    row.leaseUntil = this.now + terms.leaseMs;
    this.hands.push({ row, attempt: row.attempt, renews: true });
  }

  finish(index: number, ok: boolean): void {
    const [hand] = this.hands.splice(index % Math.max(1, this.hands.length), 1);
    if (hand === undefined) return;
    const { row, attempt } = hand;
    if (!ok) this.fail(row, attempt);
    if (!ok || row.attempt !== attempt || !this.move(row, 'complete')) return; // the fence
    row.commits += 1;
    this.mark(row.tenant, this.now);
  }

  fail(row: Row, attempt: number): void {
    if (row.attempt !== attempt) return;
    const decision = decideFailure({ attempt, final: false, waits: false, attemptsMax: terms.attemptsMax, backoffMs: 1, backoffMsMax: 8 });
    if (!this.move(row, decision.move)) return;
    if (decision.move === 'retry') row.notBefore = this.now + decision.delayMs;
    this.mark(row.tenant, this.now);
  }

  cancel(index: number): void {
    const row = this.rows[index % Math.max(1, this.rows.length)];
    if (row !== undefined && this.move(row, 'cancel')) this.mark(row.tenant, this.now);
  }

  tick(): void {
    this.now += 1;
    for (const hand of this.hands) if (hand.renews && hand.row.attempt === hand.attempt) hand.row.leaseUntil = this.now + terms.leaseMs;
  }

  check(): void {
    for (const row of this.rows) {
      expect(row.ends.length).toBe(endStates.includes(row.state) ? 1 : 0);
      expect(row.commits).toBe(row.state === 'done' ? 1 : 0);
      expect(row.attempt).toBeLessThanOrEqual(terms.attemptsMax);
      if (!endStates.includes(row.state)) expect(this.ring.some((mark) => mark.tenant === row.tenant)).toBe(true);
    }
  }
}

const deeds: Readonly<Record<string, (world: World, n: number) => void>> = {
  enqueue: (world, n) => world.enqueue(n % tenantCount),
  dispatch: (world) => world.dispatch(false),
  start: (world) => world.start(),
  tick: (world) => world.tick(),
  succeed: (world, n) => world.finish(n, true),
  failAttempt: (world, n) => world.finish(n, false),
  cancel: (world, n) => world.cancel(n),
  crashDispatcher: (world) => world.dispatch(true),
  loseQueue: (world) => world.queue.splice(0),
  killWorker: (world, n) => world.hands.splice(n % Math.max(1, world.hands.length), 1),
  sleepWorker: (world, n) => {
    const hand = world.hands[n % Math.max(1, world.hands.length)];
    if (hand !== undefined) hand.renews = false;
  },
  repeatEntry: (world, n) => {
    const row = world.rows[n % Math.max(1, world.rows.length)];
    if (row !== undefined) world.queue.push({ row, key: `again-${String(n)}` });
  },
  longTime: (world) => {
    for (let i = 0; i <= terms.leaseMs; i += 1) world.tick();
  },
};
const oneOf = (weight: number, names: readonly string[]) => ({
  weight,
  arbitrary: fc.record({ deed: fc.constantFrom(...names), n: fc.nat(99) }),
});
const step = fc.oneof(
  oneOf(4, ['enqueue']),
  oneOf(6, ['dispatch', 'start', 'tick']),
  oneOf(4, ['succeed', 'failAttempt']),
  oneOf(2, ['cancel', 'killWorker', 'sleepWorker', 'repeatEntry', 'crashDispatcher', 'loseQueue', 'longTime']),
);

it(`whatever_breaks_every_job_reaches_one_end_and_none_is_forgotten`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const world = new World();
      for (const next of steps) {
        deeds[next.deed]?.(world, next.n);
        world.check();
      }
      // from here nothing breaks any more: everything that was asked for must come to its end by itself
      const open = () => world.rows.some((row) => !endStates.includes(row.state));
      for (let i = 0; open(); i += 1) {
        expect(i, 'a job is forgotten').toBeLessThan(stepsMax);
        world.dispatch(false);
        world.start();
        world.finish(0, true);
        world.tick();
      }
      world.check();
    }),
    { numRuns: 1_000 },
  );
});

it('a_tenant_with_a_long_backlog_delays_another_by_at_most_two_job_times', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(30), (backlog, before) => {
      const world = new World();
      for (let i = 0; i < backlog; i += 1) world.enqueue(0);
      const jobTime = (): number => {
        world.dispatch(false);
        const held = world.hands.length;
        for (let i = 0; i < held; i += 1) world.finish(0, true);
        for (let i = 0; i < terms.concurrency; i += 1) world.start();
        world.tick();
        return held;
      };
      for (let i = 0; i < before; i += 1) jobTime();
      world.enqueue(1);
      const mine = world.rows.at(-1);
      let times = 0;
      for (; mine?.attempt === 0; times += 1) jobTime();
      expect(times).toBeLessThanOrEqual(2);
    }),
    { numRuns: 300 },
  );
});
