import { describe, expect, expectTypeOf, it } from 'vitest';
import { metrics, trace, type Span } from '@opentelemetry/api';
import { Fault } from '@lib/kernel';
import { counter, describeError, openLog, quietLog, span, type EventName, type LogFields } from './index.ts';

function listLog() {
  const lines: string[] = [];
  const log = openLog({ service: 'test', destination: { write: (line) => lines.push(line) } });
  const read = () => lines.map((line): unknown => JSON.parse(line));
  return { log, lines, read };
}

describe('log', () => {
  it('writes_one_json_line_per_event', () => {
    const { log, lines, read } = listLog();
    log.info('scan.finished', { scanId: 'a', findingCount: 3 });
    log.error('queue.connection_lost');
    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(read()).toEqual([
      expect.objectContaining({ level: 'info', service: 'test', event: 'scan.finished', scanId: 'a', findingCount: 3 }),
      expect.objectContaining({ level: 'error', event: 'queue.connection_lost' }),
    ]);
  });

  it('drops_content_that_gets_past_the_compiler', () => {
    const { log, lines } = listLog();
    const smuggled: Record<string, string> = {
      token: 'canary',
      body: 'canary',
      event: 'canary',
      level: 'canary',
      kept: 'x'.repeat(10_000),
    };
    const nested: object = { inner: 'canary' };
    log.warn('scan.failed', Object.assign({}, smuggled, { nested }));
    expect(lines.join('')).not.toContain('canary');
    expect(lines.join('').length).toBeLessThan(2_000);
  });

  it('refuses_names_that_are_not_past_events', () => {
    expectTypeOf<'scan.finished'>().toExtend<EventName>();
    expectTypeOf<'queue.connection_lost'>().toExtend<EventName>();
    expectTypeOf<'scan.finish'>().not.toExtend<EventName>();
    expectTypeOf<'Scan.Finished'>().not.toExtend<EventName>();
    expectTypeOf<'finished'>().not.toExtend<EventName>();
    expectTypeOf<{ token: string }>().not.toExtend<LogFields>();
    expectTypeOf<{ scanId: string; findingCount: number }>().toExtend<LogFields>();
  });

  it('repeats_a_failing_event_once_per_interval_and_counts_the_rest', () => {
    const { log, read } = listLog();
    let nowMs = 0;
    const quiet = quietLog(log, { nowMs: () => nowMs }, 1_000);
    for (let i = 0; i < 1_000; i += 1) quiet.warn('queue.work_failed', { attempt: i });
    nowMs = 1_000;
    quiet.warn('queue.work_failed');
    quiet.warn('queue.connection_lost');
    expect(read()).toEqual([
      expect.objectContaining({ event: 'queue.work_failed', attempt: 0 }),
      expect.objectContaining({ event: 'queue.work_failed', heldBack: 999 }),
      expect.objectContaining({ event: 'queue.connection_lost' }),
    ]);
  });
});

describe('describeError', () => {
  it('keeps_the_text_of_a_fault_and_of_nothing_else', () => {
    expect(describeError(new Fault('db.disk_full', { internal: 'no space' }))).toMatchObject({
      errorCode: 'db.disk_full',
      reason: 'db.disk_full: no space',
    });
    const foreign = describeError(Object.assign(new Error('value "canary" is wrong'), { code: '22P02' }));
    expect(foreign).toMatchObject({ errorCode: '22P02', errorName: 'Error' });
    expect(JSON.stringify(foreign)).not.toContain('canary');
    expect(foreign.at).toMatch(/^telemetry\.spec\.ts:\d+:\d+$/u);
    expect(describeError('canary')).toEqual({ errorCode: 'unexpected', errorName: 'string' });
  });
});

describe('without an SDK', () => {
  it('spans_and_counters_do_nothing_and_pass_results_and_failures_on', async () => {
    let seen: Span | undefined;
    const value = await span('job.run', { jobId: 'a' }, async () => {
      seen = trace.getActiveSpan();
      return Promise.resolve(7);
    });
    expect(value).toBe(7);
    expect(seen?.isRecording() ?? false).toBe(false);
    await expect(span('job.run', {}, () => Promise.reject(new Error('told')))).rejects.toThrow('told');
    expect(() => {
      counter('jobs.finished').add(1, { kind: 'scan.analyze' });
    }).not.toThrow();
    expect(metrics.getMeterProvider()).toBeDefined();
  });
});
