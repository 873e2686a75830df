import { statSync } from 'node:fs';
import type { SandboxLayers, SandboxOrder } from '@lib/contract';
import { filterProgram, errnos, otherwise } from '../profile/filter-program.ts';
import { stageTwoRules } from '../profile/stage-two-rules.ts';
import { installFilter, lastErrno, setProcessOption, systemCall, thisArchitecture } from './native-calls.ts';
import { processStatus, type ProcessStatus } from './process-status.ts';
import { selfTest } from './self-test.ts';
import { unexpectedDescriptors } from './unexpected-descriptors.ts';

const dumpable = 4; // PR_SET_DUMPABLE; execve has reset it

/** The walls as found, and what is missing of those that must stand. Empty `missing`: work may begin. */
export type Lockdown = { readonly layers: SandboxLayers; readonly missing: readonly string[] };

/**
 * Stage 2: closes the sandbox around a process that has loaded all its code, on every thread, and tests the walls by what they do.
 * No code can be loaded from here on, and nothing opened for writing outside the folder that the order names, if any. Must run before the first byte of a customer is read.
 */
export async function lockDown(order: SandboxOrder): Promise<Lockdown> {
  touchStandardStreams();
  const surplus = unexpectedDescriptors();
  const before = processStatus();
  const ringRefused = systemCall('io_uring_setup', 8, 0) === -1 && lastErrno() === errnos.ENOSYS;
  setProcessOption(dumpable, 0);
  installFilter(
    filterProgram(
      thisArchitecture(),
      stageTwoRules(process.pid, order.program === 'runner' ? 'read_only' : 'fill_folder'),
      otherwise.refuse,
    ),
  );
  const after = processStatus();
  const layers: SandboxLayers = {
    launcher: 'koffi',
    noNewPrivileges: after.noNewPrivileges,
    landlockAbi: order.landlockAbi,
    seccompStage1: ringRefused && before.seccompFilters > order.seccompFiltersBefore,
    seccompStage2: after.seccompFilters > before.seccompFilters,
    bubblewrap: order.bubblewrap && !exists('/etc/passwd') && !exists('/home'),
    unprivilegedUser: isUnprivileged(after),
    cgroup: false, // none of our own yet
  };
  const possible = await selfTest(order);
  return { layers, missing: [...missingLayers(layers), ...surplus.map((text) => `clean descriptors: ${text}`), ...possible] };
}

// First use of these after the filter would need calls that it refuses.
function touchStandardStreams(): void {
  for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => undefined);
}

function missingLayers(layers: SandboxLayers): readonly string[] {
  return [
    ...(layers.noNewPrivileges ? [] : ['no_new_privs']),
    ...(layers.seccompStage1 ? [] : ['seccomp stage 1']),
    ...(layers.seccompStage2 ? [] : ['seccomp stage 2']),
    ...(layers.unprivilegedUser ? [] : ['unprivileged user']),
    ...(layers.landlockAbi > 0 || layers.bubblewrap ? [] : ['Landlock (Linux 5.13 or later) or bubblewrap']),
  ];
}

function isUnprivileged(status: ProcessStatus): boolean {
  const ids = [...status.userIds, ...status.groupIds, ...status.supplementaryGroups];
  return status.userIds.length > 0 && !ids.includes(0) && status.capabilities === 0n;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
