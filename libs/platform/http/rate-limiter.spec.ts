import { limits } from '@lib/contract';
import { expect, test } from 'vitest';
import { rateLimiter } from './rate-limiter.ts';

function stoppedClock() {
  let nowMs = 0;
  return { nowMs: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

test('a_bucket_gives_its_burst_then_tells_how_long_to_wait', () => {
  const limiter = rateLimiter(60, stoppedClock());
  expect(Array.from({ length: 60 }, () => limiter.take('a')).every((wait) => wait === 0)).toBe(true);
  expect(limiter.take('a')).toBe(1);
});

test('a_bucket_refills_evenly_and_never_above_its_size', () => {
  const clock = stoppedClock();
  const limiter = rateLimiter(60, clock);
  for (let taken = 0; taken < 60; taken++) limiter.take('a');
  clock.pass(2_000);
  expect([limiter.take('a'), limiter.take('a'), limiter.take('a')]).toEqual([0, 0, 1]);
  clock.pass(3_600_000);
  expect(Array.from({ length: 61 }, () => limiter.take('a')).filter((wait) => wait > 0)).toHaveLength(1);
});

test('one_key_running_dry_leaves_another_untouched', () => {
  const limiter = rateLimiter(2, stoppedClock());
  expect([limiter.take('a'), limiter.take('a'), limiter.take('a') > 0, limiter.take('b')]).toEqual([0, 0, true, 0]);
});

test('the_number_of_buckets_is_bounded_and_the_one_unused_longest_gives_way', () => {
  const limiter = rateLimiter(1, stoppedClock());
  limiter.take('dry');
  for (let index = 0; index < limits.rateBucketsMax; index++) limiter.take(`key ${String(index)}`);
  expect(limiter.take('dry')).toBe(0);
  expect(limiter.take(`key ${String(limits.rateBucketsMax - 1)}`)).toBeGreaterThan(0);
});

test('a_clock_that_steps_back_takes_nothing_away', () => {
  const clock = stoppedClock();
  const limiter = rateLimiter(2, clock);
  limiter.take('a');
  clock.pass(-60_000);
  expect(limiter.take('a')).toBe(0);
});
