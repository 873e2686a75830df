import { randomUUID } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { limits, tenantIdSchema } from '@lib/contract';
import { stallingStream } from '../../../tools/testing/stalling-stream.ts';
import { openServiceLog } from './index.ts';

const [acme, other] = [tenantIdSchema.parse(randomUUID()), tenantIdSchema.parse(randomUUID())];
const bytesMax = 2_000;

function stalled() {
  const clock = { nowMs: () => nowMs };
  let nowMs = 1_000;
  const destination = stallingStream();
  const log = openServiceLog({ stream: destination.stream, service: 'test', clock, bytesMax });
  destination.stall();
  return { ...destination, log, at: (ms: number) => (nowMs = ms) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const eventsIn = (lines: readonly string[], event: string) => lines.filter((line) => line.includes(`"event":"${event}"`));

describe('a log whose destination is stuck', () => {
  it('holds_lines_up_to_a_bound_then_drops_and_counts_and_says_so_once_when_they_arrive_again', async () => {
    const { log, lines, stream, at, resume } = stalled();
    for (let i = 0; i < 1_000; i += 1) {
      at(1_000 + i);
      log.info('job.finished', { i });
      expect(stream.writableLength).toBeLessThanOrEqual(bytesMax);
    }
    expect(lines).toHaveLength(0);
    resume();
    await settled();
    const kept = eventsIn(lines, 'job.finished').length;
    expect(kept).toBeGreaterThan(5);
    const told = eventsIn(lines, 'telemetry.dropped').map((line): unknown => JSON.parse(line));
    expect(told).toEqual([expect.objectContaining({ lines: 1_000 - kept, until: '1970-01-01T00:00:01.999Z' })]);
    log.info('job.finished');
    await settled();
    expect(eventsIn(lines, 'telemetry.dropped')).toHaveLength(1);
  });

  it('counts_for_each_tenant_the_lines_that_name_it_and_gives_each_count_once', async () => {
    const { log, at, resume } = stalled();
    for (let i = 0; i < 100; i += 1) log.info('job.finished', { pad: 'x'.repeat(300) });
    for (let i = 0; i < 3; i += 1) log.info('job.finished', { tenantId: acme });
    at(2_000);
    log.info('job.finished', { tenantId: other });
    log.info('job.finished', { tenantId: 'nobody', note: `"tenantId":"${acme}"` });
    expect(log.lost.take(acme)).toBeUndefined(); // lines are still being dropped, for less than a minute
    resume();
    await settled();
    expect(log.lost.take(acme)).toEqual({ lines: 3, fromMs: 1_000, untilMs: 1_000 });
    expect(log.lost.take(acme)).toBeUndefined();
    const loss = { lines: 1, fromMs: 2_000, untilMs: 2_000 };
    expect(log.lost.take(other)).toEqual(loss);
    log.lost.putBack(other, loss);
    log.lost.putBack(other, { lines: 2, fromMs: 1_500, untilMs: 3_000 });
    expect(log.lost.take(other)).toEqual({ lines: 3, fromMs: 1_500, untilMs: 3_000 });
  });

  it('tells_during_an_outage_that_lasts', () => {
    const { log, at } = stalled();
    for (let i = 0; i < 20; i += 1) log.info('job.finished', { tenantId: acme, pad: 'x'.repeat(300) });
    expect(log.lost.take(acme)).toBeUndefined();
    at(1_000 + limits.telemetryTellMs);
    expect(log.lost.take(acme)?.lines).toBeGreaterThan(10);
  });

  it('counts_lines_that_a_full_disk_refused', async () => {
    let nowMs = 5;
    const full = new Writable({ write: (_line, _encoding, done) => done(new Error('no space')) });
    const log = openServiceLog({ stream: full, service: 'test', clock: { nowMs: () => nowMs } });
    log.info('job.finished', { tenantId: acme });
    await settled();
    log.info('job.finished', { tenantId: acme }); // the stream has ended itself by now
    await settled();
    nowMs += limits.telemetryTellMs;
    expect(log.lost.take(acme)).toEqual({ lines: 2, fromMs: 5, untilMs: 5 });
  });

  it('a_destination_that_flows_loses_nothing', async () => {
    const through = new PassThrough();
    let bytes = 0;
    through.on('data', (chunk: Buffer) => (bytes += chunk.length));
    const log = openServiceLog({ stream: through, service: 'test', clock: { nowMs: () => 0 }, bytesMax });
    for (let i = 0; i < 200; i += 1) {
      log.info('job.finished', { tenantId: acme });
      if (i % 5 === 0) await settled();
    }
    await settled();
    expect(bytes).toBeGreaterThan(200 * 100);
    expect(log.lost.take(acme)).toBeUndefined();
  });
});
