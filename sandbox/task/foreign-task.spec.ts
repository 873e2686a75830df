import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { limits, type SandboxMessage } from '@lib/contract';
import type { SandboxRequest } from '@lib/platform/sandbox';
import { testFolder, testTree } from '../escape/test-runtime.ts';
import { analyzeOn, hostileTask, openFargateStage, type FargateStage, type Hostile } from './testing/fargate-stage.ts';

// The supervisor against tasks that do not keep the protocol, and against a service that refuses. No walls here: nothing is analysed.
const folder = testFolder();
const treeDirectory = testTree(folder.path, { 'a.ts': 'x' });
const request: Omit<SandboxRequest, 'owner'> = { treeDirectory, analyzers: ['sast'], wallMs: 60_000 };
let stage: FargateStage;

afterEach(async () => {
  const { problems } = stage.ecs;
  const left = [...stage.bucket.objects.keys()];
  await stage.close();
  expect(problems).toEqual([]);
  expect(left).toEqual([]);
});
afterAll(() => folder.remove());

type Exit = Awaited<ReturnType<Parameters<typeof hostileTask>[0]>>;
const exit = (exitCode: number): Exit => ({ exitCode });
const open = async (act: (hostile: Hostile) => Promise<Exit>): Promise<void> => {
  stage = await openFargateStage(hostileTask(act));
};
const outlive = async ({ stopped }: Hostile): Promise<Exit> => {
  await stopped;
  return exit(143);
};

const layers = {
  launcher: 'native' as const,
  noNewPrivileges: true,
  landlockAbi: 0,
  seccompStage1: true,
  seccompStage2: true,
  bubblewrap: false,
  unprivilegedUser: true,
  cgroup: false,
};
const locked: SandboxMessage = { type: 'locked', layers };
const lines = (...messages: readonly unknown[]): string => messages.map((message) => `${JSON.stringify(message)}\n`).join('');
const run = {
  analyzer: 'sast',
  version: '1',
  ruleDigest: '0'.repeat(64),
  filesWanted: 1,
  filesAnalyzed: 1,
  bytesAnalyzed: 1,
  findingCount: 0,
  durationMs: 1,
  finished: true,
  notes: [],
};
const finished = { kind: 'ended', ending: 'finished', detail: '', stderrBytes: 0 } as const;

describe('what a task sends', () => {
  it('a_task_that_keeps_the_protocol_is_believed', async () => {
    await open(async ({ segment }) => {
      await segment('');
      await segment(lines(locked, { type: 'analyzer', run }, { type: 'end' }), { index: 1, ending: finished });
      return exit(0);
    });
    const { result, messages } = await analyzeOn(stage, request);
    expect(result).toMatchObject({ ok: true, value: { ending: 'finished', layers, runs: [run] } });
    expect(messages.map(({ type }) => type)).toEqual(['locked', 'analyzer', 'end']);
  });

  it.each<readonly [name: string, send: (hostile: Hostile) => Promise<unknown>, detail: string]>([
    ['garbage', ({ put }) => put(0, Buffer.from('garbage')), 'a segment without a header'],
    ['a_header_of_another_form', ({ put }) => put(0, Buffer.from('{"v":2}\n')), 'a segment whose header fits no schema'],
    ['a_segment_of_another_run', ({ segment }) => segment('', { run: randomUUID() }), 'a segment of another run'],
    [
      'a_replayed_segment',
      async ({ segment, put, order }) => {
        const { segmentOf } = await import('./testing/fargate-stage.ts');
        await segment(lines(locked));
        return put(1, segmentOf(order.run, lines(locked)));
      },
      'a segment out of place',
    ],
    ['a_segment_shorter_than_it_says', ({ segment }) => segment('', { bytes: 5 }), 'a segment of another length than it says'],
    [
      'a_segment_altered_on_its_way',
      ({ segment }) => segment(lines(locked), { sha256: '0'.repeat(64) }),
      'a segment of another digest than it says',
    ],
    [
      'a_segment_that_is_too_large',
      ({ put }) => put(0, Buffer.alloc(limits.taskSegmentBytesMax + limits.draftLineBytesMax + 1, 10)),
      'a segment that is too large',
    ],
    ['a_line_that_is_too_long', ({ segment }) => segment(`"${'x'.repeat(limits.draftLineBytesMax + 1)}"\n`), 'line too long'],
    ['bytes_that_are_no_text', ({ put, order }) => sendBytes(put, order.run), 'not utf8'],
    ['a_line_that_is_no_message', ({ segment }) => segment('{"type":"rm"}\n'), 'a line that fits no message'],
    ['a_message_before_the_lock', ({ segment }) => segment(lines({ type: 'end' })), 'a message before the lock'],
    [
      'a_run_of_an_analyzer_that_was_not_asked',
      ({ segment }) => segment(lines(locked, { type: 'analyzer', run: { ...run, analyzer: 'iac' } })),
      'a analyzer of an analyzer that was not asked',
    ],
    ['a_finish_without_an_end', ({ segment }) => segment(lines(locked), { ending: finished }), 'finished without an end'],
  ])('%s_is_a_broken_protocol_and_the_task_is_stopped', async (_name, send, detail) => {
    await open(async (hostile) => {
      await send(hostile);
      return outlive(hostile);
    });
    const { result } = await analyzeOn(stage, request);
    expect(result).toMatchObject({ ok: true, value: { ending: 'protocol_error', detail } });
    await expect.poll(() => stage.ecs.running()).toBe(0);
  });

  it('walls_that_are_not_those_of_fargate_are_refused_by_the_reader_too', async () => {
    await open(async (hostile) => {
      await hostile.segment(lines({ ...locked, layers: { ...layers, seccompStage2: false } }));
      return outlive(hostile);
    });
    const { result, messages } = await analyzeOn(stage, request);
    expect(result).toEqual({ ok: false, error: { code: 'sandbox.layers_missing', missing: ['seccomp stage 2'] } });
    expect(messages).toEqual([]);
  });

  it('a_segment_that_is_missing_is_never_skipped_and_such_a_scan_never_finished', async () => {
    await open(async ({ segment }) => {
      await segment(lines(locked));
      await segment(lines({ type: 'end' }), { index: 2, ending: finished });
      return exit(0);
    });
    expect((await analyzeOn(stage, request)).result).toMatchObject({
      ok: true,
      value: { ending: 'protocol_error', detail: 'no word of its end' },
    });
  });

  it('segments_are_granted_only_as_they_are_read_and_end_at_their_bound', async () => {
    let refused = -1;
    await open(async (hostile) => {
      for (let index = 0; index < limits.taskSegmentsAhead; index++) await hostile.segment(index === 0 ? lines(locked) : '', { index });
      refused = await hostile.put(limits.taskSegmentsAhead, Buffer.alloc(0)).catch(() => 0);
      return outlive(hostile);
    });
    const controller = new AbortController();
    const run = analyzeOn(stage, { ...request, signal: controller.signal });
    await expect.poll(() => refused).toBe(0);
    controller.abort();
    expect((await run).result).toMatchObject({ ok: true, value: { ending: 'cancelled' } });
    expect(refused).toBe(0); // there was no URL for one more
  });

  it('an_object_is_made_once_and_never_overwritten', async () => {
    const statuses: number[] = [];
    await open(async (hostile) => {
      statuses.push(await hostile.segment('', { index: 5 }), await hostile.segment('', { index: 5 }));
      return exit(0);
    });
    await analyzeOn(stage, request);
    expect(statuses).toEqual([200, 412]);
  });

  it('a_url_that_has_outlived_its_time_opens_nothing', async () => {
    const statuses: number[] = [];
    await open(async (hostile) => {
      stage.bucket.faults.aheadMs = limits.taskGrantValidMs + 1000;
      statuses.push(await hostile.segment(''), (await fetch(hostile.order.tree.url)).status);
      stage.bucket.faults.aheadMs = 0;
      return exit(3);
    });
    await analyzeOn(stage, request);
    expect(statuses).toEqual([403, 403]);
  });

  it('a_url_changed_for_another_object_or_method_opens_nothing', async () => {
    const statuses: number[] = [];
    await open(async ({ order }) => {
      const { url } = order.tree;
      statuses.push((await fetch(url.replace('/tree?', '/order?'))).status, (await fetch(url, { method: 'DELETE' })).status);
      statuses.push((await fetch(url, { method: 'PUT', body: 'x' })).status, (await fetch(url)).status);
      return exit(3);
    });
    await analyzeOn(stage, request);
    expect(statuses).toEqual([403, 403, 403, 200]);
  });
});

describe('how a task ends', () => {
  it.each<readonly [name: string, end: Exit, outcome: Record<string, unknown>]>([
    ['a_system_call_that_kills', exit(159), { ending: 'escape_attempt', detail: 'SIGSYS' }],
    [
      'too_much_memory',
      { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      { ending: 'crashed', detail: 'more memory than it may have' },
    ],
    ['a_signal', exit(137), { ending: 'crashed', detail: 'SIGKILL' }],
    ['a_crash', exit(139), { ending: 'crashed', detail: 'SIGSEGV' }],
    ['an_exit', exit(70), { ending: 'crashed', detail: 'exit code 70' }],
    ['an_exit_without_a_word', exit(0), { ending: 'protocol_error', detail: 'no word of its end' }],
  ])('%s_is_told_as_what_it_is', async (_name, end, outcome) => {
    await open(async ({ segment }) => {
      await segment(lines(locked));
      return end;
    });
    expect((await analyzeOn(stage, request)).result).toMatchObject({ ok: true, value: { ...outcome, layers } });
  });

  it('a_refusal_is_one_with_and_without_its_words', async () => {
    await open(async ({ segment }) => {
      await segment('', { ending: { kind: 'refused', missing: ['seccomp stage 1'] } });
      return exit(78);
    });
    expect((await analyzeOn(stage, request)).result).toEqual({
      ok: false,
      error: { code: 'sandbox.layers_missing', missing: ['seccomp stage 1'] },
    });
    stage.ecs.start = hostileTask(() => Promise.resolve(exit(78)));
    expect((await analyzeOn(stage, request)).result).toMatchObject({ ok: false, error: { code: 'sandbox.layers_missing' } });
  });

  it.each<readonly [name: string, end: Exit, code: string]>([
    [
      'a_task_that_never_started',
      { exitCode: undefined, stopCode: 'TaskFailedToStart', reason: 'CannotPullContainerError' },
      'sandbox.start_failed',
    ],
    ['a_machine_that_was_taken_back', { exitCode: 143, stopCode: 'TerminationNotice' }, 'sandbox.task_taken'],
    ['a_task_that_gave_up', exit(75), 'sandbox.transfer_failed'],
    ['a_task_without_an_exit_code', { exitCode: undefined }, 'sandbox.task_lost'],
  ])('%s_is_nobodys_finding_and_is_tried_again', async (_name, end, code) => {
    await open(() => Promise.resolve(end));
    await expect(analyzeOn(stage, request)).rejects.toMatchObject({ code, lasting: false });
  });

  it('a_task_that_was_told_to_stop_by_somebody_else_is_tried_again', async () => {
    await open(async ({ segment }) => {
      await segment(lines(locked), { ending: { kind: 'ended', ending: 'cancelled', detail: '', stderrBytes: 0 } });
      return exit(0);
    });
    await expect(analyzeOn(stage, request)).rejects.toMatchObject({ code: 'sandbox.task_taken' });
  });

  it('a_task_that_vanishes_is_tried_again', async () => {
    await open(async (hostile) => {
      await hostile.segment(lines(locked));
      stage.ecs.faults.forgets = true;
      return outlive(hostile);
    });
    await expect(analyzeOn(stage, request)).rejects.toMatchObject({ code: 'sandbox.task_lost' });
  });

  it('a_task_that_gives_no_sign_of_life_is_stopped_and_tried_again', async () => {
    await open(outlive);
    await expect(analyzeOn(stage, request, { timing: { startMsMax: 300 } })).rejects.toMatchObject({ code: 'sandbox.start_timed_out' });
    expect(stage.ecs.requests.find(({ operation }) => operation === 'StopTask')?.body).toMatchObject({ reason: 'out of time' });
  });

  it('a_reader_that_fails_stops_the_task_and_its_own_error_comes_out', async () => {
    await open(async (hostile) => {
      await hostile.segment(lines(locked));
      return outlive(hostile);
    });
    const failing = (): never => {
      throw new Error('disk full');
    };
    await expect(analyzeOn(stage, request, { onMessage: failing })).rejects.toThrow('disk full');
    await expect.poll(() => stage.ecs.running()).toBe(0);
  });

  it('a_scan_that_was_cancelled_before_it_began_runs_nothing', async () => {
    await open(outlive);
    expect((await analyzeOn(stage, { ...request, signal: AbortSignal.abort() })).result).toMatchObject({
      ok: true,
      value: { ending: 'cancelled' },
    });
    expect(stage.ecs.requests.map(({ operation }) => operation)).not.toContain('RunTask');
  });
});

describe('the service', () => {
  const good = hostileTask(async ({ segment }) => {
    await segment(lines(locked, { type: 'analyzer', run }, { type: 'end' }), { ending: finished });
    return exit(0);
  });
  const runs = (): readonly Record<string, unknown>[] =>
    stage.ecs.requests.flatMap(({ operation, body }) => (operation === 'RunTask' ? [body] : []));
  const failure = (reason: string) => ({ operation: 'RunTask', status: 200, body: { tasks: [], failures: [{ reason }] } });
  const refusal = (type: string, status = 400) => ({ operation: 'RunTask', status, body: { __type: type, message: 'refused' } });

  it.each([
    ['RESOURCE:ENI', failure('RESOURCE:ENI')],
    ['RESOURCE:MEMORY', failure('RESOURCE:MEMORY')],
    ['capacity', failure('Capacity is unavailable at this time. Please try again later or in a different availability zone')],
    ['throttling', refusal('ThrottlingException')],
  ])('that_has_no_room_now_(%s)_is_asked_again_until_it_has', async (_name, answer) => {
    stage = await openFargateStage(good);
    stage.ecs.faults.answers = Array.from({ length: 4 }, () => answer);
    expect((await analyzeOn(stage, request)).result).toMatchObject({ ok: true, value: { ending: 'finished' } });
    expect(stage.ecs.faults.answers).toEqual([]);
  });

  it.each([
    ['AccessDeniedException', 400],
    ['ClusterNotFoundException', 400],
    ['InvalidParameterException', 400],
    ['PlatformTaskDefinitionIncompatibilityException', 400],
  ])('that_refuses_(%s)_is_not_asked_again', async (type, status) => {
    stage = await openFargateStage(good);
    stage.ecs.faults.answers = [refusal(type, status)];
    await expect(analyzeOn(stage, request)).rejects.toMatchObject({ code: 'sandbox.service_refused', lasting: true });
    expect(runs()).toHaveLength(1);
  });

  it('that_starts_nothing_for_a_reason_that_lasts_is_not_asked_again', async () => {
    stage = await openFargateStage(good);
    stage.ecs.faults.answers = [failure('ATTRIBUTE')];
    await expect(analyzeOn(stage, request)).rejects.toMatchObject({ code: 'sandbox.service_refused', lasting: true });
  });

  it('that_is_ill_is_tried_again_later', async () => {
    stage = await openFargateStage(good);
    stage.ecs.faults.answers = Array.from({ length: limits.remoteAttemptsMax }, () => refusal('ServerException', 500));
    await expect(analyzeOn(stage, request)).rejects.toMatchObject({ code: 'sandbox.service_unavailable', lasting: false });
  });

  it('whose_answer_gets_lost_starts_one_task_and_not_two', async () => {
    let started = 0;
    stage = await openFargateStage((environment) => {
      started += 1;
      return good(environment);
    });
    stage.ecs.faults.breaksAnswer = true;
    expect((await analyzeOn(stage, request)).result).toMatchObject({ ok: true, value: { ending: 'finished' } });
    expect(started).toBe(1);
    expect(runs()).toHaveLength(2);
    expect(new Set(runs().map(({ clientToken }) => clientToken)).size).toBe(1);
  });

  it('is_asked_to_stop_what_an_earlier_attempt_at_the_scan_has_left', async () => {
    await open(async (hostile) => {
      await hostile.segment(lines(locked));
      return outlive(hostile);
    });
    const abandoned = analyzeOn(stage, request);
    await expect.poll(() => stage.ecs.running()).toBe(1);
    stage.ecs.start = good;
    expect((await analyzeOn(stage, request)).result).toMatchObject({ ok: true, value: { ending: 'finished' } });
    expect(stage.ecs.requests.find(({ operation }) => operation === 'StopTask')?.body).toMatchObject({
      reason: 'another attempt at its scan begins',
    });
    expect((await abandoned).result).toMatchObject({ ok: true, value: { ending: 'crashed', detail: 'SIGTERM' } });
  });

  it('that_stumbles_over_a_question_does_not_end_the_analysis', async () => {
    await open(async (hostile) => {
      await hostile.segment(lines(locked));
      await expect.poll(() => stage.ecs.faults.answers.length, { timeout: 20_000 }).toBe(0);
      await hostile.segment(lines({ type: 'analyzer', run }, { type: 'end' }), { index: 1, ending: finished });
      return exit(0);
    });
    stage.ecs.faults.answers = Array.from({ length: limits.remoteAttemptsMax }, () => ({
      ...refusal('ThrottlingException'),
      operation: 'DescribeTasks',
    }));
    expect((await analyzeOn(stage, request)).result).toMatchObject({ ok: true, value: { ending: 'finished' } });
  });
});

async function sendBytes(put: Hostile['put'], runId: string): Promise<number> {
  const { createHash } = await import('node:crypto');
  const payload = Buffer.from([0xff, 0xfe, 10]);
  const header = { v: 1, run: runId, index: 0, bytes: payload.byteLength, sha256: createHash('sha256').update(payload).digest('hex') };
  return put(0, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), payload]));
}
