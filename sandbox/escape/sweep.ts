import type { CallArgument, Probe } from './probe.ts';
import { callNames } from './call-numbers.ts';

/** Every number that the sweep tries: the table of today's kernels and room for those to come. */
export const sweptNumbers: readonly number[] = Array.from({ length: 501 }, (_, number) => number);

// They end or stop whoever makes them, allowed or not: known by name instead.
const neverTried = new Map([
  ['rt_sigreturn', 'returns to nowhere'],
  ['exit', 'ends the thread'],
  ['exit_group', 'ends the process'],
]);
// Tried only where they are refused; where they are not they would wait for ever, or end the process for a reason of their own.
const triedWhenRefused = new Set(['pause', 'uretprobe', 'uprobe']);

// Arguments that no call accepts, so that an allowed one answers at once and changes nothing.
const nothing: readonly CallArgument[] = [-1, -1, -1, -1, -1, -1];
const gentler: Readonly<Record<string, readonly CallArgument[]>> = {
  futex: [new Uint8Array(8), 1, 0], // an unknown operation answers ENOSYS, as a refusal would
  close: [-1],
  msgget: [-1, 0], // with every flag it would make a queue that outlives us
  sync: [],
  alarm: [0],
  umask: [0o22],
  set_tid_address: [0],
};

/** One sweep entry as a probe; `undefined` where the call is not tried. `refused` says that it is known to be refused here. */
export function sweepProbe(number: number, refused: boolean): Pick<Probe, 'id' | 'attempt'> | undefined {
  const name = callNames.get(number) ?? '';
  if (neverTried.has(name) || (triedWhenRefused.has(name) && !refused)) return undefined;
  return { id: sweepId(number), attempt: (kit) => kit.callNumber(number, ...(gentler[name] ?? nothing)) };
}

export const sweepId = (number: number): string => `call/${String(number)}`;

/** Why a call is not tried; it is allowed, or not told apart. */
export const untriedWhy = (number: number): string | undefined => neverTried.get(callNames.get(number) ?? '');

/** What a filter did: the rest of the kernel's answers say no more than that the call was let through. */
export function sweepOutcome(outcome: string): string {
  return ['EPERM', 'ENOSYS', 'EROFS', 'SIGSYS'].includes(outcome) ? outcome : 'allowed';
}
