import { setTimeout as pause } from 'node:timers/promises';
import { limits, type SandboxMessage, type TaskEnding } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { splitLines } from '../split-lines.ts';
import type { LineReader } from '../supervise-process.ts';
import { objectNames, type GrantKeeper } from './grant-segments.ts';
import { readSegment, segmentObjectBytesMax } from './read-segment.ts';
import type { StoppedTask, TaskState } from './task-cluster.ts';
import type { TransferStore } from './transfer-store.ts';

/** Why we asked a task to stop. */
export type StopReason = 'timed_out' | 'cancelled';

/** What came of a task. Members are there as far as it got. */
export type Followed = {
  readonly started: boolean;
  readonly stopReason: StopReason | undefined;
  /** The first thing that did not keep the protocol. */
  readonly broken: string | undefined;
  readonly refused: readonly string[] | undefined;
  /** What it said of its end. */
  readonly ending: TaskEnding | undefined;
  /** What the service says of it: `lost` when it knows nothing. */
  readonly stopped: StoppedTask | 'lost' | undefined;
};

/** One task under way. Units: ms; `nowMs` never goes back. */
export type Following = {
  readonly run: string;
  readonly store: TransferStore;
  readonly grants: GrantKeeper;
  readonly reader: LineReader<SandboxMessage>;
  readonly onMessage: (message: SandboxMessage) => void | Promise<void>;
  readonly describe: () => Promise<TaskState>;
  readonly stop: (why: string) => Promise<void>;
  readonly signal: AbortSignal | undefined;
  /** From the first sign of life to the end; the task holds a shorter one of its own. */
  readonly lifeMs: number;
  readonly timing: TaskTiming;
  readonly nowMs: () => number;
};

/** How often and how long. By default those of `limits.ts`. Units: ms. */
export type TaskTiming = {
  readonly pollMs: number;
  readonly describeMs: number;
  readonly startMsMax: number;
  readonly stopDrainMs: number;
  readonly cancelDrainMs: number;
};

/**
 * Reads a task's segments in their order until the last one, or until the task is gone and nothing more of it lies there. Holds it to its
 * time and to a cancellation from outside, whatever it does itself: then it is stopped, and listened to a little longer.
 */
export async function followTask(following: Following): Promise<Followed> {
  const state = newState(following);
  for (;;) {
    if (state.stopReason === undefined) await leaveIfOverdue(following, state);
    else if (following.nowMs() > state.untilMs) return state;
    await following.grants.keep(state.next);
    const read = await readNext(following, state);
    if (read === 'over') return state;
    if (read === 'more') continue;
    if (state.stopped !== undefined) return state; // it is gone, and this was all
    if (!(await hasStopped(following, state))) await rest(following, state);
  }
}

type State = {
  started: boolean;
  stopReason: StopReason | undefined;
  broken: string | undefined;
  refused: readonly string[] | undefined;
  ending: TaskEnding | undefined;
  stopped: StoppedTask | 'lost' | undefined;
  next: number;
  untilMs: number;
  describedMs: number;
  readonly splitter: ReturnType<typeof splitLines>;
};

function newState({ nowMs, timing }: Following): State {
  return {
    started: false,
    stopReason: undefined,
    broken: undefined,
    refused: undefined,
    ending: undefined,
    stopped: undefined,
    next: 0,
    untilMs: nowMs() + timing.startMsMax,
    describedMs: nowMs(),
    splitter: splitLines({ lineBytesMax: limits.draftLineBytesMax, streamBytesMax: limits.draftStreamBytesMax }),
  };
}

function overdue({ signal, nowMs }: Following, state: State): StopReason | undefined {
  if (signal?.aborted === true) return 'cancelled';
  return nowMs() > state.untilMs ? 'timed_out' : undefined;
}

async function leaveIfOverdue(following: Following, state: State): Promise<void> {
  const reason = overdue(following, state);
  if (reason !== undefined) await leave(following, state, reason);
}

async function leave({ stop, timing, nowMs }: Following, state: State, reason: StopReason): Promise<void> {
  state.stopReason = reason;
  state.untilMs = nowMs() + (reason === 'cancelled' ? timing.cancelDrainMs : timing.stopDrainMs);
  await stop(reason === 'cancelled' ? 'cancelled' : 'out of time');
}

// `more`: a segment was there. `none`: not yet. `over`: nothing after this counts.
async function readNext(following: Following, state: State): Promise<'more' | 'none' | 'over'> {
  const { store, run } = following;
  const name = objectNames.segment(state.next);
  const object = await store.read(name, segmentObjectBytesMax);
  if (object === undefined) return 'none';
  if (object === 'too_large') return breakOff(state, 'a segment that is too large');
  const segment = readSegment(object, { run, index: state.next });
  if (!segment.ok) return breakOff(state, segment.error);
  await store.remove(name); // nothing lies there longer than it must
  noteLife(following, state);
  if (!(await readPayload(following, state, segment.value.payload))) return 'over';
  if (segment.value.ending !== undefined) {
    state.ending = segment.value.ending;
    return 'over';
  }
  state.next += 1;
  return state.next > limits.taskSegmentsMax ? breakOff(state, 'more segments than one run may have') : 'more';
}

function breakOff(state: State, why: string): 'over' {
  state.broken = why;
  return 'over';
}

function noteLife({ nowMs, lifeMs }: Following, state: State): void {
  if (state.started) return;
  state.started = true;
  if (state.stopReason === undefined) state.untilMs = nowMs() + lifeMs;
}

async function readPayload({ reader, onMessage }: Following, state: State, payload: Uint8Array): Promise<boolean> {
  const lines = state.splitter.push(payload);
  if (!lines.ok) {
    state.broken = lines.error.code.replaceAll('_', ' ');
    return false;
  }
  for (const line of lines.value) {
    const meaning = reader.accept(line);
    if (meaning.kind === 'broken') state.broken = meaning.why;
    else if (meaning.kind === 'refused') state.refused = meaning.missing;
    else if (meaning.kind === 'message') await onMessage(meaning.message);
    if (state.broken !== undefined || state.refused !== undefined) return false;
  }
  return true;
}

async function hasStopped({ describe, timing, nowMs }: Following, state: State): Promise<boolean> {
  if (nowMs() - state.describedMs < timing.describeMs) return false;
  state.describedMs = nowMs();
  const found = await describe().catch((error: unknown): TaskState => {
    if (!(error instanceof Fault) || error.lasting) throw error;
    return { kind: 'alive' }; // as far as we know: the next look may tell, and the clock holds it in any case
  });
  if (found.kind !== 'alive') state.stopped = found.kind === 'lost' ? 'lost' : found.task;
  return found.kind !== 'alive';
}

async function rest({ timing, signal }: Following, state: State): Promise<void> {
  const wake = state.stopReason === undefined ? signal : undefined; // once it has aborted it would never rest again
  await pause(timing.pollMs, undefined, wake === undefined ? {} : { signal: wake }).catch(() => undefined);
}
