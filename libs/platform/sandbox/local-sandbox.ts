import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { grammarsOfManifest, type GrammarName } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { bubblewrapWorks, findBubblewrap } from './bubblewrap.ts';
import { collectMessages } from './collect-messages.ts';
import { lendTarget, lendTree } from './lend-folder.ts';
import { missingPlatform } from './missing-platform.ts';
import { noLayers, type Sandbox, type SandboxOutcome, type SandboxRefusal } from './sandbox.ts';
import type { Unpacker, UnpackOutcome, UnpackRequest } from './sandbox.ts';
import { readOverlay, type Overlay } from './read-overlay.ts';
import { findCgroupPlace } from './run-cgroup.ts';
import { runProgram, type Host } from './run-program.ts';
import type { LocalSandboxOptions } from './sandbox-options.ts';
import { readManifest, stageRuntime } from './stage-runtime.ts';
import { unpackLines } from './unpack-lines.ts';
import { unprivilegedIdentity } from './unprivileged-identity.ts';
import { usableSnapshots } from './usable-snapshots.ts';

/**
 * The sandbox of one Linux machine: an unprivileged process behind rlimits, no_new_privs, Landlock, two seccomp stages, bubblewrap where
 * it works, and a control group where one is delegated to us. Staging and the trials happen at the first run, and again when advisories were imported.
 */
export function localSandbox(options: LocalSandboxOptions): Sandbox & Unpacker {
  let prepared: { readonly key: string; readonly host: Promise<Host> } | undefined;
  const ready = async (): Promise<Result<Host, SandboxRefusal>> => {
    const unsupported = missingPlatform(process.platform);
    if (unsupported !== undefined) return refuse([unsupported]);
    const overlay = await readOverlay(options.advisoriesDirectory);
    if (prepared?.key !== overlay.key) prepared = { key: overlay.key, host: prepare(options, overlay) };
    const mine = prepared;
    return ok(
      await mine.host.catch((error: unknown) => {
        if (prepared === mine) prepared = undefined; // a full disk may be gone at the next run
        throw error;
      }),
    );
  };
  return {
    run: async (request, onMessage) => {
      const to = await ready();
      return to.ok ? analyze(to.value, [request, onMessage]) : to;
    },
    unpack: async (request, onMessage) => {
      const to = await ready();
      return to.ok ? unpack(to.value, request, onMessage) : to;
    },
  };
}

function refuse(missing: readonly string[]): { readonly ok: false; readonly error: SandboxRefusal } {
  return err({ code: 'sandbox.layers_missing', missing });
}

async function prepare(options: LocalSandboxOptions, { files: overlay }: Overlay): Promise<Host> {
  const plan = {
    runtimeDirectory: await realpath(options.runtimeDirectory).catch(() => options.runtimeDirectory),
    nodePath: await realpath(options.nodePath ?? process.execPath),
  };
  const identity = unprivilegedIdentity();
  const manifest = await readManifest(plan.runtimeDirectory);
  const into = options.stageInto === undefined ? {} : { into: options.stageInto };
  const runtime = identity === undefined && overlay.length === 0 ? plan : await stageRuntime({ ...plan, ...into, overlay });
  const found = options.bubblewrap === 'off' ? undefined : findBubblewrap();
  const [works, cgroups, snapshots] = await Promise.all([
    found !== undefined && bubblewrapWorks(found, runtime.nodePath, identity),
    options.cgroup === 'off' ? undefined : findCgroupPlace(),
    usableSnapshots(runtime, manifest),
  ]);
  return { options, runtime, nodeFlags: manifest.nodeFlags, snapshots, bubblewrap: works ? found : undefined, cgroups };
}

type OnMessage<M> = (message: M) => void | Promise<void>;
type Analysis = Parameters<Sandbox['run']>;

function analyze(host: Host, [request, onMessage]: Analysis): Promise<Result<SandboxOutcome, SandboxRefusal>> {
  const identity = unprivilegedIdentity();
  return lendTree(request.treeDirectory, identity, async (treeDirectory) => {
    const collector = collectMessages(request.analyzers, request.keySecret);
    const went = await runProgram(host, {
      order: {
        program: 'runner',
        treeDirectory,
        analyzers: [...request.analyzers],
        grammars: [...(await neededGrammars(request.treeDirectory))],
        today: new Date().toISOString().slice(0, 10),
      },
      identity,
      request,
      readerFor: collector.readerFor,
      onMessage,
    });
    if (went.refused !== undefined) return refuse(went.refused);
    const { layers, runs, findingCount, coverage, coverageCounts } = collector.collected;
    const ending = went.ending === 'input_failed' ? 'crashed' : went.ending; // an analysis has no input
    const { detail, stderrBytes } = went;
    return ok({ ending, detail, layers: layers ?? noLayers, runs, findingCount, coverage, coverageCounts, stderrBytes });
  });
}

/** A tree without a manifest needs none: the runner says what is wrong with it. */
async function neededGrammars(treeDirectory: string): Promise<readonly GrammarName[]> {
  return grammarsOfManifest(await readFile(join(treeDirectory, 'manifest.json'), 'utf8').catch(() => ''));
}

function unpack<M>(host: Host, request: UnpackRequest<M>, onMessage: OnMessage<M>): Promise<Result<UnpackOutcome, SandboxRefusal>> {
  const identity = unprivilegedIdentity();
  return lendTarget(request.targetDirectory, identity, async (targetDirectory) => {
    const lines = unpackLines(request.messages);
    const went = await runProgram(host, {
      order: { program: 'unpacker', targetDirectory, format: request.format },
      identity,
      input: request.input,
      request,
      readerFor: lines.readerFor,
      onMessage,
    });
    if (went.refused !== undefined) return refuse(went.refused);
    return ok({ ending: went.ending, detail: went.detail, layers: lines.layers() ?? noLayers, stderrBytes: went.stderrBytes });
  });
}
