import type { ChildProcess } from 'node:child_process';
import type { SupervisedEnding } from './sandbox.ts';

/** Why we ended a process ourselves. */
export type EndingByUs = Extract<SupervisedEnding, 'timed_out' | 'cancelled' | 'protocol_error' | 'input_failed'>;

/** A running process with its clock. `end` may be called more than once: the first reason stands. */
export type WatchedProcess = {
  readonly end: (reason: EndingByUs) => void;
  readonly reason: () => EndingByUs | undefined;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
};

/**
 * Holds a process to its wall clock and to a cancellation: SIGTERM, the grace, SIGKILL. Whoever breaks the protocol, or whose input
 * has failed so that its work is worth nothing, gets SIGKILL at once.
 * Units: ms.
 */
export function watchProcess(
  child: ChildProcess,
  rules: { readonly wallMs: number; readonly graceMs: number; readonly signal?: AbortSignal | undefined },
): WatchedProcess {
  let reason: EndingByUs | undefined;
  let killer: NodeJS.Timeout | undefined;
  const end = (because: EndingByUs): void => {
    if (reason !== undefined) return;
    reason = because;
    if (because === 'protocol_error' || because === 'input_failed') {
      child.kill('SIGKILL');
      return;
    }
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), rules.graceMs);
  };
  const wall = setTimeout(() => end('timed_out'), rules.wallMs);
  const onAbort = (): void => end('cancelled');
  rules.signal?.addEventListener('abort', onAbort, { once: true });
  if (rules.signal?.aborted === true) onAbort();
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(wall);
      clearTimeout(killer);
      rules.signal?.removeEventListener('abort', onAbort);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      resolve({ code, signal });
    });
  });
  exited.catch(() => undefined); // awaited later; a failed start must not be an unhandled rejection meanwhile
  return { end, reason: () => reason, exited };
}
