import type { Readable } from 'node:stream';
import { limits, type RuntimeManifest } from '@lib/contract';
import { MIB } from '@lib/kernel';
import { bubblewrapArguments, type MountView } from './bubblewrap.ts';
import type { StandingWalls } from './judge-lock.ts';
import { launcherArguments, type LaunchPlan, type OrderForLauncher } from './launcher-arguments.ts';
import { ownSeccompFilters } from './own-seccomp-filters.ts';
import { makeRunCgroup, type CgroupPlace, type RunCgroup } from './run-cgroup.ts';
import type { LocalSandboxOptions } from './sandbox-options.ts';
import type { StagedRuntime } from './stage-runtime.ts';
import { descriptors, superviseProcess, type LineReader, type SandboxCommand, type Supervised } from './supervise-process.ts';
import type { Identity } from './unprivileged-identity.ts';
import { snapshotFor } from './usable-snapshots.ts';

/** What this machine has, found out at the first run. */
export type Host = {
  readonly options: LocalSandboxOptions;
  readonly runtime: StagedRuntime;
  readonly nodeFlags: RuntimeManifest['nodeFlags'];
  readonly snapshots: RuntimeManifest['snapshots'];
  readonly bubblewrap: string | undefined;
  readonly cgroups: CgroupPlace | undefined;
};

/** What to run: an order of either program, without what the host adds. */
export type BareOrder<T = OrderForLauncher> = T extends unknown ? Omit<T, keyof HostFacts> : never;
type HostFacts = Pick<OrderForLauncher, 'runtimeDirectory' | 'environment' | 'bubblewrap' | 'seccompFiltersBefore'>;

/** One run of one program. Units: ms. */
export type ProgramRun<M> = {
  readonly order: BareOrder;
  readonly identity: Identity | undefined;
  readonly input?: Readable | number;
  readonly request: { readonly wallMs: number; readonly signal?: AbortSignal };
  readonly readerFor: (walls: StandingWalls) => LineReader<M>;
  readonly onMessage: (message: M) => void | Promise<void>;
};

const heapMibs = { runner: limits.analyzerHeapMib, unpacker: limits.unpackerHeapMib } as const;

/** Starts one program behind every wall that this host has, supervises it to its end, and clears away after it. Errors: as `superviseProcess`. */
export async function runProgram<M>(host: Host, run: ProgramRun<M>): Promise<Supervised> {
  const { options } = host;
  const heapMib = options.heapMib ?? heapMibs[run.order.program];
  const addressBytesMax = heapMib * MIB + limits.analyzerAddressSlackBytes;
  const memoryBytesMax = options.memoryBytesMax ?? addressBytesMax;
  const bounds = { memoryBytesMax, threadsMax: limits.analyzerThreadsMax };
  const cgroup = host.cgroups === undefined ? undefined : await makeRunCgroup(host.cgroups, bounds);
  try {
    const walls: StandingWalls = {
      environment: options.environment ?? 'local',
      bubblewrap: host.bubblewrap !== undefined,
      cgroup: cgroup !== undefined,
    };
    const went = await superviseProcess({
      command: commandFor(host, { run, walls, cgroup, heapMib, addressBytesMax }),
      reader: run.readerFor(walls),
      ...(run.input === undefined ? {} : { input: run.input }),
      wallMs: Math.min(run.request.wallMs, limits.scanWallMsMax),
      graceMs: options.killGraceMs ?? limits.killGraceMs,
      residentBytesMax: cgroup === undefined ? memoryBytesMax : undefined,
      signal: run.request.signal,
      onMessage: run.onMessage,
    });
    const starved = went.ending === 'crashed' && (await cgroup?.ranOutOfMemory()) === true;
    return starved ? { ...went, detail: 'more memory than it may have' } : went;
  } finally {
    await cgroup?.remove();
  }
}

type Commanding = {
  readonly run: Pick<ProgramRun<never>, 'order' | 'identity'>;
  readonly walls: StandingWalls;
  readonly cgroup: RunCgroup | undefined;
  readonly heapMib: number;
  readonly addressBytesMax: number;
};

function commandFor(
  { options, runtime, nodeFlags, snapshots, bubblewrap }: Host,
  { run, walls, cgroup, heapMib, addressBytesMax }: Commanding,
): SandboxCommand {
  const { order, identity } = run;
  const handed = cgroup?.doors ?? [];
  const facts: HostFacts = {
    runtimeDirectory: runtime.runtimeDirectory,
    environment: walls.environment,
    bubblewrap: walls.bubblewrap,
    seccompFiltersBefore: ownSeccompFilters(),
  };
  const plan: LaunchPlan = {
    ...runtime,
    nodeFlags,
    snapshot: order.program === 'runner' ? snapshotFor(snapshots, order.analyzers) : undefined,
    order: { ...order, ...facts },
    parentPid: walls.bubblewrap ? 0 : process.pid,
    joinDescriptors: handed.map((_, index) => descriptors.firstHanded + index),
    landlock: options.landlock ?? 'auto',
    heapMib,
    addressBytesMax,
    cpuSecondsMax: limits.analyzerCpuSecondsMax,
    openFilesMax: limits.analyzerOpenFilesMax,
    fileBytesMax: limits.analyzerFileBytesMax,
    threadsMax: identity !== undefined && !identity.shared ? limits.analyzerThreadsMax : 0,
  };
  const launcher = `${runtime.runtimeDirectory}/launch`;
  const argv = launcherArguments(plan);
  if (bubblewrap === undefined) return { program: launcher, argv, identity, bubblewrap: false, handed };
  const status = ['--info-fd', String(descriptors.status)];
  return {
    program: bubblewrap,
    argv: [...status, ...bubblewrapArguments(viewOf(plan)), launcher, ...argv],
    identity,
    bubblewrap: true,
    handed,
  };
}

function viewOf({ nodePath, runtimeDirectory, order }: LaunchPlan): MountView {
  const common = [nodePath, runtimeDirectory];
  return order.program === 'runner'
    ? { readOnly: [...common, order.treeDirectory], writable: [] }
    : { readOnly: common, writable: [order.targetDirectory] };
}
