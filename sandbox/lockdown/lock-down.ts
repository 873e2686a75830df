import { statSync } from 'node:fs';
import { missingLayers, type SandboxLayers, type SandboxOrder } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { filterProgram, errnos, otherwise } from '../profile/filter-program.ts';
import { stageTwoRules } from '../profile/stage-two-rules.ts';
import { thisArchitecture } from '../profile/syscall-numbers.ts';
import { nativeOperations } from './native-operations.ts';
import { plainStreams } from './plain-streams.ts';
import { processStatus, type ProcessStatus } from './process-status.ts';
import { selfTest } from './self-test.ts';
import { unexpectedDescriptors } from './unexpected-descriptors.ts';

/** The walls as found, and what is missing of those that must stand. Empty `missing`: work may begin. */
export type Lockdown = { readonly layers: SandboxLayers; readonly missing: readonly string[] };

/**
 * Stage 2: closes the sandbox around a process that has loaded all its code, on every thread, and tests the walls by what they do.
 * No code can be loaded from here on, and nothing opened for writing outside the folder that the order names, if any. Must run before the first byte of a customer is read.
 */
export async function lockDown(order: SandboxOrder): Promise<Lockdown> {
  const native = nativeOperations(order.runtimeDirectory);
  plainStreams();
  if (order.program === 'unpacker') process.stdin.on('error', () => undefined); // opened now: it would need calls that the filter refuses
  const surplus = unexpectedDescriptors();
  const before = processStatus();
  const ringRefused = native.tryRing() === errnos.ENOSYS;
  demand(native.setUndumpable(), 'PR_SET_DUMPABLE'); // execve has reset it
  const rules = stageTwoRules(process.pid, order.program === 'runner' ? 'read_only' : 'fill_folder');
  demand(native.installFilter(filterProgram(thisArchitecture(), rules, otherwise.refuse)), 'seccomp stage 2');
  const after = processStatus();
  const layers: SandboxLayers = {
    launcher: 'native',
    noNewPrivileges: after.noNewPrivileges,
    landlockAbi: order.landlockAbi,
    seccompStage1: ringRefused && before.seccompFilters > order.seccompFiltersBefore,
    seccompStage2: after.seccompFilters > before.seccompFilters,
    bubblewrap: order.bubblewrap && !exists('/etc/passwd') && !exists('/home'),
    unprivilegedUser: isUnprivileged(after),
    cgroup: false, // cannot be seen from in here: the supervisor knows
  };
  const possible = await selfTest(order, native);
  const missing = missingLayers(layers, order.environment, order.program);
  return { layers, missing: [...missing, ...surplus.map((text) => `clean descriptors: ${text}`), ...possible] };
}

function demand(errno: number, what: string): void {
  if (errno !== 0) throw new Fault('sandbox.wall_failed', { internal: `${what}: errno ${String(errno)}` });
}

function isUnprivileged(status: ProcessStatus): boolean {
  const ids = [...status.userIds, ...status.groupIds, ...status.supplementaryGroups];
  return status.userIds.length > 0 && !ids.includes(0) && status.capabilities === 0n;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
