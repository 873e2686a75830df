import { assert } from '@lib/kernel';
import { syscallNumber, type Architecture } from './syscall-numbers.ts';

/** One classic BPF instruction: code, jump if true, jump if false, constant. */
export type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, constant: number];

/** What the kernel does with one system call. It runs with an undefined accumulator and ends in a return on every path. */
export type SyscallRule = readonly Instruction[];

export const errnos = { EPERM: 1, ENOSYS: 38, EROFS: 30 } as const;
export type ErrnoName = keyof typeof errnos;

const returnAllow = 0x7fff0000;
const returnKill = 0x80000000; // SECCOMP_RET_KILL_PROCESS: ends with SIGSYS
const auditArchitectures: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const x32Bit = 0x40000000; // the same numbers behind another entry: a way around a filter that forgets it
const instructionsMax = 4096; // BPF_MAXINSNS

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const jumpEqual = (constant: number, yes: number, no: number): Instruction => [0x15, yes, no, constant >>> 0];
const jumpAtLeast = (constant: number, yes: number, no: number): Instruction => [0x35, yes, no, constant];
const jumpAnySet = (constant: number, yes: number, no: number): Instruction => [0x45, yes, no, constant >>> 0];
const and = (constant: number): Instruction => [0x54, 0, 0, constant >>> 0];
const answer = (value: number): Instruction => [0x06, 0, 0, value];
const errno = (name: ErrnoName): Instruction => answer(0x00050000 | errnos[name]);
const lowHalf = (argument: number): number => 16 + 8 * argument; // the kernel reads int arguments by their low 32 bits only
const highHalf = (argument: number): number => 20 + 8 * argument;

/** The rules that the profile is written in. */
export const rule = {
  allow: (): SyscallRule => [answer(returnAllow)],
  refuse: (name: ErrnoName): SyscallRule => [errno(name)],
  kill: (): SyscallRule => [answer(returnKill)],
  /** Allowed when the argument is one of `values`. */
  oneOf: (argument: number, values: readonly number[]): SyscallRule => [
    load(lowHalf(argument)),
    ...values.flatMap((value) => [jumpEqual(value, 0, 1), answer(returnAllow)]),
    errno('EPERM'),
  ],
  /** Allowed when none of the `forbidden` bits is set. */
  without: (argument: number, forbidden: number, name: ErrnoName): SyscallRule => [
    load(lowHalf(argument)),
    jumpAnySet(forbidden, 0, 1),
    errno(name),
    answer(returnAllow),
  ],
  /** Allowed when every `required` bit is set and no `forbidden` one. */
  withBits: (argument: number, required: number, forbidden: number): SyscallRule => [
    load(lowHalf(argument)),
    jumpAnySet(forbidden, 0, 1),
    errno('EPERM'),
    and(required),
    jumpEqual(required, 0, 1),
    answer(returnAllow),
    errno('EPERM'),
  ],
  /** mmap: executable pages only when they are anonymous (a compiler's), never a mapped file (dlopen). */
  noExecutableFile: (): SyscallRule => [
    load(lowHalf(2)),
    jumpAnySet(4, 1, 0),
    answer(returnAllow),
    load(lowHalf(3)),
    jumpAnySet(0x20, 0, 1),
    answer(returnAllow),
    errno('EPERM'),
  ],
  /** prlimit64: our own process, reading only (the pointer to new limits is NULL in both halves). */
  ownLimitsReadOnly: (): SyscallRule => [
    load(lowHalf(2)),
    jumpEqual(0, 1, 0),
    errno('EPERM'),
    load(highHalf(2)),
    jumpEqual(0, 1, 0),
    errno('EPERM'),
    load(lowHalf(0)),
    jumpEqual(0, 1, 0),
    errno('EPERM'),
    answer(returnAllow),
  ],
} as const;

/** What happens to a call that no rule names. */
export const otherwise = { allow: answer(returnAllow), refuse: errno('EPERM') } as const;

/** Assembles a seccomp filter: foreign architectures and x32 entries are killed, then one rule a call, then `rest`. Little-endian bytes. */
export function filterProgram(architecture: Architecture, rules: ReadonlyMap<string, SyscallRule>, rest: Instruction): Uint8Array {
  const program: Instruction[] = [load(4), jumpEqual(auditArchitectures[architecture], 1, 0), answer(returnKill), load(0)];
  if (architecture === 'x64') program.push(jumpAtLeast(x32Bit, 0, 1), answer(returnKill));
  for (const [name, body] of rules) {
    const number = syscallNumber(architecture, name);
    if (number === undefined) continue;
    assert(body.length <= 255, `the rule of ${name} fits a jump`);
    program.push(jumpEqual(number, 0, body.length), ...body);
  }
  program.push(rest);
  assert(program.length <= instructionsMax, 'the filter fits BPF_MAXINSNS');
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, yes, no, constant], index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, yes);
    bytes.setUint8(index * 8 + 3, no);
    bytes.setUint32(index * 8 + 4, constant >>> 0, true);
  });
  return new Uint8Array(bytes.buffer);
}
