import { join } from 'node:path';
import { present } from '@lib/kernel';
import { syscallNumber, thisArchitecture } from '../profile/syscall-numbers.ts';

let loaded: ((...given: readonly number[]) => number) | undefined;

/**
 * Any system call, as code would make it that has taken the process over: past Node and past libc. The kernel's result, negative is -errno.
 * The runtime must have been bundled with `moreNative: ['raw-call.node']`, and this called once before the lock: no code loads after it.
 */
export function rawCall(number: number, ...given: readonly number[]): number {
  if (loaded === undefined) {
    const holder: { exports: { rawCall?: (...given: readonly number[]) => number } } = { exports: {} };
    process.dlopen(holder, join(import.meta.dirname, 'raw-call.node'));
    loaded = present(holder.exports.rawCall, 'rawCall');
  }
  return loaded(number, ...given);
}

/** The same by name, of this architecture. */
export function systemCall(name: string, ...given: readonly number[]): number {
  return rawCall(present(syscallNumber(thisArchitecture(), name), `number of ${name}`), ...given);
}
