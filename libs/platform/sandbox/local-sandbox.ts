import { realpath } from 'node:fs/promises';
import { err, MIB, type Result } from '@lib/kernel';
import { limits, type SandboxMessage, type SandboxPlan } from '@lib/contract';
import { bubblewrapArguments, bubblewrapWorks, findBubblewrap } from './bubblewrap.ts';
import { lendTree } from './lend-tree.ts';
import { runProcess, type SandboxCommand } from './run-process.ts';
import type { Sandbox, SandboxOutcome, SandboxRefusal, SandboxRequest } from './sandbox.ts';
import { readManifest, stageRuntime, type StagedRuntime } from './stage-runtime.ts';
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
export function localSandbox(options: LocalSandboxOptions): Sandbox {
  let prepared: Promise<Prepared> | undefined;
  return {
    run: async (request, onMessage) => {
      if (process.platform !== 'linux') return refuse(`Linux: this is ${process.platform}; run the Linux container instead`);
      prepared ??= prepare(options);
      const ready = await prepared.catch((error: unknown) => {
        prepared = undefined; // a full disk may be gone at the next run
        throw error;
      });
      return runOnce({ options, ready, request, onMessage });
    },
  };
}

function refuse(missing: string): Result<SandboxOutcome, SandboxRefusal> {
  return err({ code: 'sandbox.layers_missing', missing: [missing] });
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

type Run = {
  readonly options: LocalSandboxOptions;
  readonly ready: Prepared;
  readonly request: SandboxRequest;
  readonly onMessage: (message: SandboxMessage) => void | Promise<void>;
};

function runOnce({ options, ready, request, onMessage }: Run): Promise<Result<SandboxOutcome, SandboxRefusal>> {
  const identity = unprivilegedIdentity();
  return lendTree(request.treeDirectory, identity, (tree) =>
    runProcess({
      command: commandOf(ready, planOf({ options, ready, request, tree, identity }), identity),
      analyzers: request.analyzers,
      wallMs: Math.min(request.wallMs, limits.scanWallMsMax),
      graceMs: options.killGraceMs ?? limits.killGraceMs,
      signal: request.signal,
      onMessage,
    }),
  );
}

type Planning = Omit<Run, 'onMessage'> & { readonly tree: string; readonly identity: Identity | undefined };

function planOf({ options, ready, request, tree, identity }: Planning): SandboxPlan {
  const heapMib = options.heapMib ?? limits.analyzerHeapMib;
  return {
    runtimeDirectory: ready.runtime.runtimeDirectory,
    nodePath: ready.runtime.nodePath,
    treeDirectory: tree,
    analyzers: [...request.analyzers],
    parentPid: ready.bubblewrap === undefined ? process.pid : 0,
    bubblewrap: ready.bubblewrap !== undefined,
    landlock: options.landlock ?? 'auto',
    heapMib,
    addressBytesMax: heapMib * MIB + limits.analyzerAddressSlackBytes,
    cpuSecondsMax: limits.analyzerCpuSecondsMax,
    openFilesMax: limits.analyzerOpenFilesMax,
    fileBytesMax: limits.analyzerFileBytesMax,
    threadsMax: identity !== undefined && !identity.shared ? limits.analyzerThreadsMax : 0,
  };
}

function commandOf(ready: Prepared, plan: SandboxPlan, identity: Identity | undefined): SandboxCommand {
  const launcher = [`${plan.runtimeDirectory}/launcher.mjs`, JSON.stringify(plan)];
  const view = { readOnly: [plan.nodePath, plan.runtimeDirectory, plan.treeDirectory] };
  if (ready.bubblewrap === undefined) return { program: plan.nodePath, argv: launcher, identity };
  return { program: ready.bubblewrap, argv: [...bubblewrapArguments(view), plan.nodePath, ...launcher], identity };
}
