import { callNumber } from '../call-numbers.ts';
import type { Probe } from '../probe.ts';

const x32Bit = 0x40000000;
const otherNumbers = 'another door into the same kernel, whose numbers a filter may not know';

/** Doors into the kernel beside the one that the filter is written for. */
export const entries: readonly Probe[] = [
  ...['read', 'getpid', 'openat', 'socket', 'execve', 'ptrace'].map((name): Probe => ({
    id: `entry/x32-${name}`,
    wants: `make ${name} through the x32 entry: ${otherNumbers}`,
    stoppedBy: ['stage 1', 'stage 2'],
    attempt: (kit) => kit.callNumber(x32Bit + callNumber(name), -1, -1, -1, -1, -1, -1),
    locked: 'SIGSYS',
    early: 'SIGSYS',
    filling: 'SIGSYS',
    bare: 'ENOSYS',
    bareWhy: 'most kernels are built without x32; there the call is reached and answers',
  })),
  // 512 and up are calls that only x32 has
  ...[512, 520, 543, 547].map((number): Probe => ({
    id: `entry/x32-${String(number)}`,
    wants: `a call that only x32 has: ${otherNumbers}`,
    stoppedBy: ['stage 1', 'stage 2'],
    attempt: (kit) => kit.callNumber(x32Bit + number, -1, -1, -1, -1, -1, -1),
    locked: 'SIGSYS',
    early: 'SIGSYS',
    filling: 'SIGSYS',
    bare: 'ENOSYS',
    bareWhy: 'most kernels are built without x32; there the call is reached and answers',
  })),
  ...(
    [
      ['getpid', 20],
      ['socketcall', 102],
      ['ptrace', 26],
      ['io_uring_setup', 425],
    ] as const
  ).map(([name, number]): Probe => ({
    id: `entry/int80-${name}`,
    wants: `make ${name} through int 0x80, the 32-bit entry: ${otherNumbers}`,
    door: 'int 0x80', // Linux with ia32_emulation=off has none
    stoppedBy: ['stage 1', 'stage 2'],
    attempt: (kit) => kit.interrupt80(number, ...(name === 'ptrace' ? [16, -1, 0] : [0, 0, 0])),
    locked: 'SIGSYS',
    early: 'SIGSYS',
    filling: 'SIGSYS',
    ...(name === 'getpid'
      ? { bare: 'ok' }
      : { bare: name === 'socketcall' ? 'EINVAL' : name === 'ptrace' ? 'ESRCH' : 'EFAULT', bareWhy: 'the call is reached and answers' }),
  })),
  {
    id: 'entry/vsyscall-time',
    wants: 'make a call through the page of the first x86-64 kernels',
    stoppedBy: ['stage 2'],
    attempt: (kit) => kit.vsyscall(1, 0),
    locked: 'EPERM',
    filling: 'EPERM',
    bare: 'ok',
  },
];
