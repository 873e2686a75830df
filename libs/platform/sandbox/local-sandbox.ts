import { realpath } from 'node:fs/promises';
import { err, ok, MIB, type Result } from '@lib/kernel';
import { limits, type SandboxPlan } from '@lib/contract';
import { bubblewrapArguments, bubblewrapWorks, findBubblewrap, type MountView } from './bubblewrap.ts';
import { collectMessages } from './collect-messages.ts';
import { lendTarget, lendTree } from './lend-folder.ts';
import {
  noLayers,
  type Sandbox,
  type SandboxOutcome,
  type SandboxRefusal,
  type Unpacker,
  type UnpackOutcome,
  type UnpackRequest,
} from './sandbox.ts';
import { readManifest, stageRuntime, type StagedRuntime } from './stage-runtime.ts';
import { superviseProcess, type SandboxCommand } from './supervise-process.ts';
import { unpackLines } from './unpack-lines.ts';
import { unprivilegedIdentity, type Identity } from './unprivileged-identity.ts';

/** Where the runtime is and how hard the bounds are. Everything but `runtimeDirectory` has a default. Units: ms, MiB. */
export type LocalSandboxOptions = {
  /** What the build made: `launcher.mjs`, `runner.mjs`, `runtime.json` and the rest. */
  readonly runtimeDirectory: string;
  readonly nodePath?: string;
  /** Where to stage for another user, in order of preference. */
  readonly stageInto?: readonly string[];
  readonly killGraceMs?: number;
  readonly heapMib?: number;
  /** `off` leaves a wall out, to test that the others hold or that the run is refused. */
  readonly bubblewrap?: 'auto' | 'off';
  readonly landlock?: 'auto' | 'off';
};

/**
 * The sandbox of one Linux machine: an unprivileged process behind rlimits, no_new_privs, Landlock, two seccomp stages, and bubblewrap
 * where it works. Staging and the bubblewrap trial happen once, at the first run.
 */
export function localSandbox(options: LocalSandboxOptions): Sandbox & Unpacker {
  let prepared: Promise<Prepared> | undefined;
  const ready = async (): Promise<Result<Prepared, SandboxRefusal>> => {
    if (process.platform !== 'linux') return refuse([`Linux: this is ${process.platform}; run the Linux container instead`]);
    prepared ??= prepare(options);
    return ok(
      await prepared.catch((error: unknown) => {
        prepared = undefined; // a full disk may be gone at the next run
        throw error;
      }),
    );
  };
  return {
    run: async (request, onMessage) => {
      const to = await ready();
      return to.ok ? analyze({ options, ready: to.value }, [request, onMessage]) : to;
    },
    unpack: async (request, onMessage) => {
      const to = await ready();
      return to.ok ? unpack({ options, ready: to.value }, request, onMessage) : to;
    },
  };
}

function refuse(missing: readonly string[]): { readonly ok: false; readonly error: SandboxRefusal } {
  return err({ code: 'sandbox.layers_missing', missing });
}

type Prepared = { readonly runtime: StagedRuntime; readonly bubblewrap: string | undefined };

async function prepare(options: LocalSandboxOptions): Promise<Prepared> {
  const plan = {
    runtimeDirectory: await realpath(options.runtimeDirectory).catch(() => options.runtimeDirectory),
    nodePath: await realpath(options.nodePath ?? process.execPath),
  };
  const identity = unprivilegedIdentity();
  await readManifest(plan.runtimeDirectory);
  const into = options.stageInto === undefined ? {} : { into: options.stageInto };
  const runtime = identity === undefined ? plan : await stageRuntime({ ...plan, ...into });
  const found = options.bubblewrap === 'off' ? undefined : findBubblewrap();
  const works = found !== undefined && (await bubblewrapWorks(found, runtime.nodePath, identity));
  return { runtime, bubblewrap: works ? found : undefined };
}

type Host = { readonly options: LocalSandboxOptions; readonly ready: Prepared };

type OnMessage<M> = (message: M) => void | Promise<void>;
type Analysis = Parameters<Sandbox['run']>;

function analyze(host: Host, [request, onMessage]: Analysis): Promise<Result<SandboxOutcome, SandboxRefusal>> {
  const identity = unprivilegedIdentity();
  return lendTree(request.treeDirectory, identity, async (treeDirectory) => {
    const { runtimeDirectory } = host.ready.runtime;
    const order: Order = { program: 'runner', runtimeDirectory, treeDirectory, analyzers: [...request.analyzers] };
    const reader = collectMessages(request.analyzers);
    const went = await superviseProcess({ ...rulesOf(host, request), command: commandFor(host, { order, identity }), reader, onMessage });
    if (went.refused !== undefined) return refuse(went.refused);
    const { layers, runs, findingCount, coverage, coverageCounts } = reader.collected;
    const ending = went.ending === 'input_failed' ? 'crashed' : went.ending; // an analysis has no input
    const { detail, stderrBytes } = went;
    return ok({ ending, detail, layers: layers ?? noLayers, runs, findingCount, coverage, coverageCounts, stderrBytes });
  });
}

function unpack<M>(host: Host, request: UnpackRequest<M>, onMessage: OnMessage<M>): Promise<Result<UnpackOutcome, SandboxRefusal>> {
  const identity = unprivilegedIdentity();
  return lendTarget(request.targetDirectory, identity, async (targetDirectory) => {
    const order: Order = { program: 'unpacker', targetDirectory, format: request.format };
    const reader = unpackLines(request.messages);
    const command = commandFor(host, { order, identity });
    const went = await superviseProcess({ ...rulesOf(host, request), command, reader, input: request.input, onMessage });
    if (went.refused !== undefined) return refuse(went.refused);
    return ok({ ending: went.ending, detail: went.detail, layers: reader.layers() ?? noLayers, stderrBytes: went.stderrBytes });
  });
}

function rulesOf({ options }: Host, request: { readonly wallMs: number; readonly signal?: AbortSignal }) {
  return {
    wallMs: Math.min(request.wallMs, limits.scanWallMsMax),
    graceMs: options.killGraceMs ?? limits.killGraceMs,
    signal: request.signal,
  };
}

type Order<T = SandboxPlan['order']> = T extends unknown ? Omit<T, 'bubblewrap'> : never;

function commandFor(
  { options, ready }: Host,
  { order, identity }: { readonly order: Order; readonly identity: Identity | undefined },
): SandboxCommand {
  const heapMib = options.heapMib ?? limits.analyzerHeapMib;
  const plan: SandboxPlan = {
    runtimeDirectory: ready.runtime.runtimeDirectory,
    nodePath: ready.runtime.nodePath,
    order: { ...order, bubblewrap: ready.bubblewrap !== undefined },
    parentPid: ready.bubblewrap === undefined ? process.pid : 0,
    landlock: options.landlock ?? 'auto',
    heapMib,
    addressBytesMax: heapMib * MIB + limits.analyzerAddressSlackBytes,
    cpuSecondsMax: limits.analyzerCpuSecondsMax,
    openFilesMax: limits.analyzerOpenFilesMax,
    fileBytesMax: limits.analyzerFileBytesMax,
    threadsMax: identity !== undefined && !identity.shared ? limits.analyzerThreadsMax : 0,
  };
  const launcher = [`${plan.runtimeDirectory}/launcher.mjs`, JSON.stringify(plan)];
  if (ready.bubblewrap === undefined) return { program: plan.nodePath, argv: launcher, identity };
  return { program: ready.bubblewrap, argv: [...bubblewrapArguments(viewOf(plan)), plan.nodePath, ...launcher], identity };
}

function viewOf({ nodePath, runtimeDirectory, order }: SandboxPlan): MountView {
  const common = [nodePath, runtimeDirectory];
  return order.program === 'runner'
    ? { readOnly: [...common, order.treeDirectory], writable: [] }
    : { readOnly: common, writable: [order.targetDirectory] };
}
