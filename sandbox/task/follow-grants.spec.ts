import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { limits, type TaskGrant } from '@lib/contract';
import { followGrants } from './follow-grants.ts';

const run = randomUUID();
const url = (name: string): string => `https://bucket.example/${name}`;
const grant = (index: number, from: number, change: Partial<TaskGrant> = {}): TaskGrant => ({
  v: 1,
  run,
  index,
  validMs: limits.taskGrantValidMs,
  segments: Array.from({ length: 4 }, (_, at) => ({ index: from + at, url: url(`s${from + at}-of-${index}`) })),
  next: url(`g${index + 1}`),
  ...change,
});

/** A clock that goes on when somebody waits, and a bucket of grants. */
function world(first = grant(0, 0)) {
  const there = new Map<string, unknown>();
  const time = { nowMs: 0 };
  const grants = followGrants({
    first,
    nowMs: () => time.nowMs,
    pause: (ms) => Promise.resolve((time.nowMs += ms)),
    transfer: {
      read: (from) => Promise.resolve(there.has(from) ? Buffer.from(JSON.stringify(there.get(from))) : undefined),
      open: () => Promise.resolve(undefined),
      write: () => Promise.resolve(true),
    },
  });
  return { there, time, grants };
}

describe('grants', () => {
  it('the_first_serves_until_it_is_used_up_and_the_next_follows', async () => {
    const { there, grants } = world();
    there.set(url('g1'), grant(1, 4));
    expect([await grants.urlFor(0), await grants.urlFor(3), await grants.urlFor(4)]).toEqual([
      url('s0-of-0'),
      url('s3-of-0'),
      url('s4-of-1'),
    ]);
  });

  it('a_task_waits_for_its_reader_and_gives_up_when_the_last_grant_has_outlived_its_time', async () => {
    const { time, grants } = world();
    expect(await grants.urlFor(4)).toBeUndefined();
    expect(time.nowMs).toBeGreaterThanOrEqual(limits.taskGrantValidMs);
    expect(time.nowMs).toBeLessThan(limits.taskGrantValidMs + 2 * limits.taskPollMs);
  });

  it('an_old_grant_is_followed_by_a_newer_one_and_used_on_while_there_is_none', async () => {
    const { there, time, grants } = world();
    time.nowMs = limits.taskGrantRenewMs;
    expect(await grants.urlFor(0)).toBe(url('s0-of-0'));
    there.set(url('g1'), grant(1, 0));
    expect(await grants.urlFor(0)).toBe(url('s0-of-1'));
  });

  it('a_grant_whose_url_was_refused_is_not_used_again', async () => {
    const { there, grants } = world();
    there.set(url('g1'), grant(1, 0));
    grants.refused();
    expect(await grants.urlFor(0)).toBe(url('s0-of-1'));
  });

  it.each([
    ['another_run', grant(1, 4, { run: randomUUID() })],
    ['another_place_in_the_chain', grant(2, 4)],
    ['another_form', { v: 2 }],
    ['a_url_without_https', grant(1, 4, { segments: [{ index: 4, url: 'http://169.254.170.2/v2/credentials' }] })],
  ])('a_grant_of_%s_is_none', async (_name, planted) => {
    const { there, grants } = world();
    there.set(url('g1'), planted);
    expect(await grants.urlFor(4)).toBeUndefined();
  });
});
