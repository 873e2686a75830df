import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@lib/contract';
import type { InnerProcess } from './inner-process.ts';
import type { SupervisedEnding } from './sandbox.ts';

/** Why we ended a process ourselves. */
export type EndingByUs = Extract<SupervisedEnding, 'timed_out' | 'cancelled' | 'protocol_error' | 'input_failed'> | 'too_much_memory';

/** A running process with its clock. `end` may be called more than once: the first reason stands. */
export type WatchedProcess = {
  readonly end: (reason: EndingByUs) => void;
  readonly reason: () => EndingByUs | undefined;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
};

/** Units: ms, bytes. */
export type WatchRules = {
  readonly wallMs: number;
  readonly graceMs: number;
  readonly signal: AbortSignal | undefined;
  /** What bubblewrap has made; undefined where there is none and the process started is the analyzer itself. */
  readonly inner: InnerProcess | undefined;
  /** Lets the result pipe go, for an end before the lock: whoever gets that far later finds nobody to say it to, and ends. */
  readonly abandon: () => void;
  readonly hasLocked: () => boolean;
  /** Looked at from time to time where no cgroup holds it; undefined where one does. */
  readonly residentBytesMax: number | undefined;
};

/**
 * Holds a process to its wall clock, its memory and a cancellation: SIGTERM to the analyzer, the grace, SIGKILL to everything, which also
 * ends one that has stopped itself. Before the lock there is nothing to save and no grace. Whoever breaks the protocol, holds too much memory, or whose input has failed so that its work is worth
 * nothing, gets SIGKILL at once. Units: ms.
 */
export function watchProcess(child: ChildProcess, rules: WatchRules): WatchedProcess {
  let reason: EndingByUs | undefined;
  let killer: NodeJS.Timeout | undefined;
  const end = (because: EndingByUs): void => {
    if (reason !== undefined) return;
    reason = because;
    if (!rules.hasLocked()) void endBeforeLock(child, rules);
    else if (because === 'timed_out' || because === 'cancelled') {
      terminate(child, rules.inner?.program());
      killer = setTimeout(() => child.kill('SIGKILL'), rules.graceMs);
    } else child.kill('SIGKILL');
  };
  const wall = setTimeout(() => end('timed_out'), rules.wallMs);
  const memory = watchMemory(child, rules, () => end('too_much_memory'));
  const onAbort = (): void => end('cancelled');
  rules.signal?.addEventListener('abort', onAbort, { once: true });
  if (rules.signal?.aborted === true) onAbort();
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(wall);
      clearTimeout(killer);
      clearInterval(memory);
      rules.signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      // Somebody else may have killed bubblewrap while it started: its orphan holds the pipe. What was said before an ordinary end is there at once.
      setTimeout(() => rules.hasLocked() || rules.abandon(), limits.resultDrainMs).unref();
      resolve({ code, signal });
    });
  });
  exited.catch(() => undefined); // awaited later; a failed start must not be an unhandled rejection meanwhile
  return { end, reason: () => reason, exited };
}

// Nothing was read, so there is nothing to save and no grace. Bubblewrap ties its child to itself only at the end of its own start, and the
// child waits for it until then: killed before, it would leave an orphan. So the child is killed too, as soon as its number is known.
async function endBeforeLock(child: ChildProcess, { abandon, inner }: WatchRules): Promise<void> {
  abandon();
  if (inner !== undefined) await Promise.race([inner.known, pause(limits.resultDrainMs, undefined, { ref: false })]);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const first = inner?.first();
  if (first !== undefined) signal(first, 'SIGKILL');
  child.kill('SIGKILL');
}

// The analyzer alone when it can be told.
function terminate(child: ChildProcess, program: number | undefined): void {
  if (program === undefined || !signal(program, 'SIGTERM')) child.kill('SIGTERM');
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it has just ended
  }
}

function watchMemory(child: ChildProcess, { residentBytesMax, inner }: WatchRules, onTooMuch: () => void): NodeJS.Timeout | undefined {
  if (residentBytesMax === undefined) return undefined;
  return setInterval(() => {
    const pid = inner === undefined ? child.pid : inner.program();
    if (pid !== undefined && residentBytes(pid) > residentBytesMax) onTooMuch();
  }, limits.residentPollMs);
}

const pageBytes = 4096; // the smallest page there is: where pages are larger the bound is met later, never too early

function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ')[1] ?? '0') * pageBytes;
  } catch {
    return 0; // gone
  }
}
