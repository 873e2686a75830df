import { limits, missingLayers, type SandboxLayers, type SandboxOrder } from '@lib/contract';

/** An order without what only the launcher finds out. */
export type OrderForLauncher<T = SandboxOrder> = T extends unknown ? Omit<T, 'landlockAbi'> : never;

/** What the supervisor asks of the launcher. Units: as named. */
export type LaunchPlan = {
  /** Folder of the staged runtime: `launch`, `stage-one.bpf`, the programs, `assets/`, `node_modules/`. */
  readonly runtimeDirectory: string;
  readonly nodePath: string;
  readonly nodeFlags: readonly string[];
  /** Of the runtime folder, to start from in place of the program's file. */
  readonly snapshot: string | undefined;
  readonly order: OrderForLauncher;
  /** The process that must still be the parent when the launcher starts; 0 inside a pid namespace, where it cannot be seen. */
  readonly parentPid: number;
  /** Descriptors of the child that are open on the `cgroup.procs` to join. */
  readonly joinDescriptors: readonly number[];
  readonly landlock: 'auto' | 'off';
  readonly heapMib: number;
  readonly addressBytesMax: number;
  readonly cpuSecondsMax: number;
  readonly openFilesMax: number;
  readonly fileBytesMax: number;
  /** 0 when the user is shared with other processes: the kernel counts threads per user. */
  readonly threadsMax: number;
};

const librariesRun = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib64',
  '/usr/lib64',
];
const systemRead = [
  '/etc/ld.so.cache', // the dynamic linker
  '/etc/ssl/openssl.cnf', // Node ends at start when this is there and refused
  '/usr/lib/ssl',
  '/proc/self/stat', // process.memoryUsage
  '/proc/self/status', // the program checks its own walls
  '/proc/self/fd', // and lists its own descriptors
  '/proc/meminfo',
  '/dev/urandom',
];

/** Arguments of `sandbox/native/launch.c`, which says what each does. Pure. */
export function launcherArguments(plan: LaunchPlan): readonly string[] {
  const { order } = plan;
  return [
    ...['--parent', String(plan.parentPid)],
    ...plan.joinDescriptors.flatMap((descriptor) => ['--join', String(descriptor)]),
    ...limitArguments(plan),
    ...['--landlock', plan.landlock === 'off' ? 'off' : String(landlockLeast(order))],
    ...['--run', plan.nodePath],
    ...librariesRun.flatMap((path) => ['--run-try', path]),
    ...['--read', plan.runtimeDirectory],
    ...(order.program === 'runner' ? ['--read', order.treeDirectory] : ['--fill', order.targetDirectory]),
    ...systemRead.flatMap((path) => ['--read-try', path]),
    ...['--device', '/dev/null'],
    ...['--filter', `${plan.runtimeDirectory}/stage-one.bpf`],
    '--',
    ...nodeArguments(plan),
  ];
}

function nodeArguments({ nodePath, nodeFlags, heapMib, runtimeDirectory, snapshot, order }: LaunchPlan): readonly string[] {
  const program =
    snapshot === undefined
      ? [`${runtimeDirectory}/${order.program}.mjs`]
      : ['--no-verify-snapshot-checksum', '--snapshot-blob', `${runtimeDirectory}/${snapshot}`]; // its SHA-256 was checked with the runtime's
  const young = order.program === 'unpacker' ? [`--max-semi-space-size=${String(limits.unpackerYoungMib)}`] : [];
  return [nodePath, `--max-old-space-size=${String(heapMib)}`, ...young, ...nodeFlags, ...program, JSON.stringify(order)];
}

// Source: linux/include/uapi/asm-generic/resource.h.
const resource = { cpu: 0, fileSize: 1, core: 4, threads: 6, openFiles: 7, lockedMemory: 8, addressSpace: 9 } as const;
const cpuWarningSeconds = 5; // SIGXCPU first, SIGKILL after these

function limitArguments(plan: LaunchPlan): readonly string[] {
  const limit = (which: number, soft: number, hard = soft): readonly string[] => ['--limit', String(which), String(soft), String(hard)];
  return [
    ...limit(resource.core, 0), // a core file is a copy of customer data
    ...limit(resource.fileSize, plan.fileBytesMax),
    ...limit(resource.cpu, plan.cpuSecondsMax, plan.cpuSecondsMax + cpuWarningSeconds),
    ...limit(resource.openFiles, plan.openFilesMax),
    ...limit(resource.lockedMemory, 0),
    ...limit(resource.addressSpace, plan.addressBytesMax),
    ...(plan.threadsMax > 0 ? limit(resource.threads, plan.threadsMax) : []),
  ];
}

// Refused by the launcher already where the environment cannot do without: nothing is loaded in vain.
function landlockLeast({ environment, program, bubblewrap }: OrderForLauncher): 0 | 1 {
  return missingLayers({ ...allLayers, landlockAbi: 0, bubblewrap }, environment, program).length > 0 ? 1 : 0;
}

const allLayers: SandboxLayers = {
  launcher: 'native',
  noNewPrivileges: true,
  landlockAbi: 1,
  seccompStage1: true,
  seccompStage2: true,
  bubblewrap: true,
  unprivilegedUser: true,
  cgroup: true,
};
