import { describe, expect, it } from 'vitest';
import { jobStates } from '@lib/contract';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import { decideFailure } from './decide-failure.ts';
import { endStates, jobMoves, moveJob, type JobMove } from './job-life.ts';
import { shareSlots, slotsToFill, waitingNow } from './share-slots.ts';

const moves = Object.keys(jobMoves).filter((move): move is JobMove => move in jobMoves);
const settings = { numRuns: 500 };

describe('moveJob', () => {
  it('an_end_state_is_never_left', () => {
    for (const state of endStates) for (const move of moves) expect(moveJob(state, move)).toBeUndefined();
  });

  it('every_state_but_the_first_is_reached_and_every_open_one_can_end', () => {
    expect(new Set<string>([...moves.map((move) => jobMoves[move].to), 'pending'])).toEqual(new Set(jobStates));
    for (const state of jobStates) expect(endStates.includes(state) || moveJob(state, 'cancel') === 'cancelled').toBe(true);
  });

  it('only_a_running_job_is_completed_retried_or_buried', () => {
    for (const move of ['complete', 'retry', 'bury'] as const) {
      expect(jobStates.filter((state) => moveJob(state, move) !== undefined)).toEqual(['running']);
    }
  });
});

describe('decideFailure', () => {
  const base = { final: false, waits: false, attemptsMax: 5, backoffMs: 1_000, backoffMsMax: 300_000 };

  it('doubles_and_stops_at_the_ceiling', () => {
    const delays = [1, 2, 3, 10, 40].map((attempt) => decideFailure({ ...base, attemptsMax: 50, attempt }));
    expect(delays).toEqual([1_000, 2_000, 4_000, 300_000, 300_000].map((delayMs) => ({ move: 'retry', delayMs })));
  });

  it('gives_up_after_the_last_attempt_and_at_once_when_final', () => {
    expect(decideFailure({ ...base, attempt: 4 }).move).toBe('retry');
    expect(decideFailure({ ...base, attempt: 5 })).toEqual({ move: 'bury' });
    expect(decideFailure({ ...base, attempt: 1, final: true })).toEqual({ move: 'bury' });
  });

  it('waits_a_week_for_what_is_away_and_not_for_ever', () => {
    expect(decideFailure({ ...base, waits: true, attempt: 1_999 })).toEqual({ move: 'retry', delayMs: 300_000 });
    expect(decideFailure({ ...base, waits: true, attempt: 2_000 })).toEqual({ move: 'bury' });
    expect(decideFailure({ ...base, waits: true, attempt: 1, final: true })).toEqual({ move: 'bury' });
  });

  it('ends_for_any_settings', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(10_000), fc.nat(1_000_000), (attemptsMax, backoffMs, backoffMsMax) => {
        let attempt = 1;
        for (; attempt <= 101; attempt += 1) {
          const decision = decideFailure({ ...base, attempt, attemptsMax, backoffMs, backoffMsMax });
          if (decision.move === 'bury') break;
          expect(Number.isSafeInteger(decision.delayMs) && decision.delayMs >= 0 && decision.delayMs <= backoffMsMax).toBe(true);
        }
        expect(attempt).toBe(Math.max(1, attemptsMax));
      }),
      settings,
    );
  });
});

describe('shareSlots', () => {
  it('deals_every_slot_in_ring_order_and_nobody_gets_a_quantum_more_than_one_before_him', () => {
    const rings = fc.record({
      tenants: fc.uniqueArray(fc.nat(1_000), { minLength: 1, maxLength: 40 }),
      slots: fc.nat(64),
      quantum: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(rings, ({ tenants, slots, quantum }) => {
        const shares = shareSlots(tenants, slots, quantum);
        const quotas = shares.map((share) => share.quota);
        expect(quotas.reduce((sum, quota) => sum + quota, 0)).toBe(slots);
        expect(shares.map((share) => share.tenant)).toEqual(tenants.slice(0, shares.length));
        expect(quotas.toSorted((a, b) => b - a)).toEqual(quotas);
        if (slots > 0) expect(Math.max(...quotas) - Math.min(...quotas)).toBeLessThanOrEqual(quantum);
        if (shares.length < tenants.length) expect(Math.max(0, ...quotas)).toBeLessThanOrEqual(quantum);
      }),
      settings,
    );
  });

  it('deals_nothing_to_nobody', () => {
    expect(shareSlots([], 8, 2)).toEqual([]);
    expect(shareSlots(['a'], 0, 2)).toEqual([]);
    expect(shareSlots(['a', 'b', 'c'], 5, 2)).toEqual([
      { tenant: 'a', quota: 2 },
      { tenant: 'b', quota: 2 },
      { tenant: 'c', quota: 1 },
    ]);
  });
});

describe('slotsToFill', () => {
  it('never_overfills_the_window_and_never_leaves_a_worker_idle', () => {
    const whole = (max: number) => fc.integer({ min: 1, max });
    const windows = fc.record({ waiting: fc.nat(200), running: fc.nat(64), concurrency: whole(64), windowFactor: whole(4) });
    fc.assert(
      fc.property(windows, ({ waiting, running: runs, concurrency, windowFactor }) => {
        const running = Math.min(runs, concurrency);
        const slots = slotsToFill({ waiting, running, concurrency, windowFactor });
        expect(slots).toBeGreaterThanOrEqual(0);
        if (slots > 0) expect(waiting + running + slots).toBe(windowFactor * concurrency);
        if (waiting + running < concurrency && windowFactor > 1) expect(slots).toBeGreaterThan(0);
        if (waiting === 0 && running === 0) expect(slots).toBe(windowFactor * concurrency);
      }),
      settings,
    );
  });
});

describe('waitingNow', () => {
  const size = { concurrency: 4, windowFactor: 2 };
  const freeAt = (counted: number, believed: number, running: number) =>
    slotsToFill({ ...size, running, waiting: waitingNow({ counted, believed, running, concurrency: size.concurrency }) });

  it('an_entry_on_its_way_to_a_free_slot_is_not_handed_over_twice', () => {
    // four ended, the four that waited have left the queue and have not begun: four are missing, not eight
    expect(freeAt(0, 4, 0)).toBe(4);
    expect(freeAt(0, 0, 4)).toBe(4);
  });

  it('what_others_took_or_the_queue_lost_leaves_no_worker_without_work', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(4), (believed, running) => {
        expect(freeAt(0, believed, running)).toBeGreaterThan(0);
      }),
    );
  });

  it('the_queue_itself_is_believed_when_it_says_more', () => {
    expect(waitingNow({ counted: 7, believed: 2, running: 0, concurrency: 4 })).toBe(7);
  });
});
