import koffi from 'koffi';
import { Fault, present } from '@lib/kernel';
import { isKnownArchitecture, syscallNumber, type Architecture } from '../profile/syscall-numbers.ts';

const libc = koffi.load('libc.so.6');
const program = koffi.struct('aegis_sock_fprog', { length: 'uint16', filter: 'void *' });
const callNumbers = libc.func('syscall', 'long', ['long', 'long', 'long', 'long', 'long', 'long']);
const callBuffer = libc.func('syscall', 'long', ['long', 'void *', 'long', 'long']);
const callRule = libc.func('syscall', 'long', ['long', 'long', 'long', 'void *', 'long']);
const callLimits = libc.func('syscall', 'long', ['long', 'long', 'long', 'void *', 'void *']);
const callFilter = libc.func('syscall', 'long', ['long', 'long', 'long', koffi.pointer(program)]);
const callExecute = libc.func('execve', 'int', ['str', 'char **', 'char **']);

/** Fails when a wall cannot be put up; `internal` names the call and the errno. */
function wallFault(call: string): Fault {
  return new Fault('sandbox.wall_failed', { internal: `${call}: errno ${String(koffi.errno())}` });
}

/** The architecture of this process. Errors: Fault `sandbox.wall_failed` where the profile has no numbers. */
export function thisArchitecture(): Architecture {
  if (!isKnownArchitecture(process.arch)) throw new Fault('sandbox.wall_failed', { internal: `no profile for ${process.arch}` });
  return process.arch;
}

function numberOf(name: string): number {
  return present(syscallNumber(thisArchitecture(), name), `number of ${name}`);
}

/** A system call with plain numbers. Answers its result, -1 on an error whose number `lastErrno` gives. */
export function systemCall(name: string, ...given: readonly number[]): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = given;
  return Number(callNumbers(numberOf(name), a, b, c, d, e));
}

/** The errno of the call before. */
export function lastErrno(): number {
  return koffi.errno();
}

/** prctl that must succeed. */
export function setProcessOption(option: number, value: number): void {
  if (systemCall('prctl', option, value) !== 0) throw wallFault(`prctl ${String(option)}`);
}

/** Lowers a resource limit for good. */
export function setResourceLimit(resource: number, soft: number, hard: number): void {
  const bytes = new BigUint64Array([BigInt(soft), BigInt(hard)]);
  if (Number(callLimits(numberOf('prlimit64'), 0, resource, bytes, null)) !== 0) throw wallFault(`prlimit64 ${String(resource)}`);
}

const setModeFilter = 1;
const everyThread = 1; // SECCOMP_FILTER_FLAG_TSYNC

/** Installs a seccomp filter on every thread of this process, those of V8 and libuv included. */
export function installFilter(filter: Uint8Array): void {
  const result = Number(callFilter(numberOf('seccomp'), setModeFilter, everyThread, { length: filter.byteLength / 8, filter }));
  if (result !== 0) throw wallFault(`seccomp ${String(result)}`);
}

/** The Landlock version of this kernel; 0 when it has none. */
export function landlockVersion(): number {
  return Math.max(0, systemCall('landlock_create_ruleset', 0, 0, 1));
}

/** A new Landlock ruleset from its attribute block; answers its descriptor. */
export function createRuleset(attributes: Uint8Array): number {
  const descriptor = Number(callBuffer(numberOf('landlock_create_ruleset'), attributes, attributes.byteLength, 0));
  if (descriptor < 0) throw wallFault('landlock_create_ruleset');
  return descriptor;
}

/** Grants what `rule` says below the folder that it names. */
export function addPathRule(ruleset: number, rule: Uint8Array): void {
  if (Number(callRule(numberOf('landlock_add_rule'), ruleset, 1, rule, 0)) !== 0) throw wallFault('landlock_add_rule');
}

/** Puts this thread, and every process it becomes, behind the ruleset. */
export function restrictSelf(ruleset: number): void {
  if (systemCall('landlock_restrict_self', ruleset, 0) !== 0) throw wallFault('landlock_restrict_self');
}

/** Becomes another program. Returns only by failing. */
export function execute(path: string, argv: readonly string[], environment: readonly string[]): never {
  callExecute(path, [...argv, null], [...environment, null]);
  throw wallFault(`execve ${path}`);
}
