import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { analyzerNames, limits, type AnalyzerName } from '@lib/contract';
import { MIB } from '@lib/kernel';
import { localSandbox, type Sandbox } from '@lib/platform/sandbox';
import { launcherArguments } from '../../libs/platform/sandbox/launcher-arguments.ts';
import { readManifest, stageRuntime } from '../../libs/platform/sandbox/stage-runtime.ts';
import { unprivilegedIdentity } from '../../libs/platform/sandbox/unprivileged-identity.ts';
import { snapshotFor } from '../../libs/platform/sandbox/usable-snapshots.ts';
import { rounded, shuffled, type Figure } from './figure.ts';

const rounds = 20;
const overBareMsMax = 60;
const cpuRatioMax = 1.8;
const runTimeRatioMax = 1.05; // what one run of the workload differs from the next by
const product = resolve('dist/sandbox');

/**
 * The sandbox of the product on this machine, each figure the minimum of interleaved rounds against plain Node in the same rounds: a whole
 * analysis of an empty tree through every wall that is here (supervisor, bubblewrap, launcher, both stages, self-test, its end); the
 * processor time of launcher and runner alone; and work behind the walls against the same work without.
 */
export async function bench(): Promise<readonly Figure[]> {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'aegis-bench-sandbox-')));
  try {
    await chmod(scratch, 0o711);
    const tree = join(scratch, 'tree');
    await mkdir(tree, { mode: 0o755 });
    await writeFile(join(tree, 'manifest.json'), '{"v":1,"files":[]}', { mode: 0o644 });
    return [await startFigure(tree), ...(await cpuFigures(tree)), await runTimeFigure(scratch, tree)];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function startFigure(tree: string): Promise<Figure> {
  const sandbox = localSandbox({ runtimeDirectory: product });
  const walls = await analyzeOnce(sandbox, tree, ['secrets']); // stages the runtime and tries what this machine has
  const times = await interleaved({
    bare: () => timed(() => bareNode([])),
    walls: () => timed(() => analyzeOnce(sandbox, tree, ['secrets'])),
    everyAnalyzer: () => timed(() => analyzeOnce(sandbox, tree, analyzerNames)),
  });
  const [bareMs, wallsMs] = [Math.min(...times.bare), Math.min(...times.walls)];
  const everyAnalyzerOverBareMs = rounded(Math.min(...times.everyAnalyzer) - bareMs);
  return {
    name: 'sandbox/start-over-bare',
    ratio: rounded(wallsMs / bareMs),
    goal: `<= ${String(overBareMsMax)} ms over node -e 0`,
    ok: wallsMs - bareMs <= overBareMsMax,
    detail: {
      overBareMs: rounded(wallsMs - bareMs),
      bareMs: rounded(bareMs),
      wallsMs: rounded(wallsMs),
      everyAnalyzerOverBareMs,
      rounds,
      ...walls,
    },
  };
}

async function analyzeOnce(
  sandbox: Sandbox,
  treeDirectory: string,
  analyzers: readonly AnalyzerName[],
): Promise<Record<string, string | number>> {
  const ran = await sandbox.run({ treeDirectory, analyzers, wallMs: limits.scanWallMsDefault }, () => undefined);
  if (!ran.ok) throw new Error(ran.error.missing.join('; '));
  if (ran.value.ending !== 'finished') throw new Error(`${ran.value.ending}: ${ran.value.detail}`);
  const { bubblewrap, landlockAbi, cgroup } = ran.value.layers;
  return { bubblewrap: String(bubblewrap), landlockAbi, cgroup: String(cgroup) };
}

async function bareNode(given: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...given, '-e', '0'], { stdio: 'ignore', env: {}, cwd: '/' });
  await once(child, 'exit');
}

async function cpuFigures(tree: string): Promise<readonly Figure[]> {
  const identity = unprivilegedIdentity();
  const manifest = await readManifest(product);
  const plain = { runtimeDirectory: product, nodePath: await realpath(process.execPath) };
  const runtime = identity === undefined ? plain : await stageRuntime(plain);
  const command = (analyzer: AnalyzerName): readonly string[] => {
    const order = {
      program: 'runner',
      today: '2026-01-01',
      runtimeDirectory: runtime.runtimeDirectory,
      treeDirectory: tree,
      analyzers: [analyzer],
      environment: 'local',
      bubblewrap: false,
      seccompFiltersBefore: 0,
    } as const;
    const bounds = {
      parentPid: 0,
      joinDescriptors: [],
      landlock: 'auto',
      heapMib: limits.analyzerHeapMib,
      addressBytesMax: limits.analyzerHeapMib * MIB + limits.analyzerAddressSlackBytes,
      cpuSecondsMax: limits.analyzerCpuSecondsMax,
      openFilesMax: limits.analyzerOpenFilesMax,
      fileBytesMax: limits.analyzerFileBytesMax,
      threadsMax: 0,
    } as const;
    const given = { ...runtime, ...bounds, nodeFlags: manifest.nodeFlags, snapshot: snapshotFor(manifest.snapshots, [analyzer]) };
    return [
      `${runtime.runtimeDirectory}/launch`,
      ...launcherArguments({ ...given, order: { ...order, analyzers: [analyzer], grammars: [] } }),
    ];
  };
  const start = (analyzer: AnalyzerName) => () => cpuMs(command(analyzer), identity);
  const times = await interleaved({
    bare: () => cpuMs([runtime.nodePath, '-e', '0'], identity),
    ...{ secrets: start('secrets'), sast: start('sast'), iac: start('iac'), sca: start('sca') },
  });
  const bareMs = Math.min(...times.bare);
  return analyzerNames.map((analyzer) => {
    const ratio = Math.min(...times[analyzer]) / bareMs;
    return {
      name: `sandbox/cold-start-cpu-${analyzer}`,
      ratio: rounded(ratio),
      goal: `<= ${String(cpuRatioMax)}`,
      ok: ratio <= cpuRatioMax,
      detail: { bareCpuMs: rounded(bareMs), cpuMs: rounded(Math.min(...times[analyzer])), rounds },
    };
  });
}

// Processor time of a program and nothing else, as the shell's `time` has it from the kernel. Node does not say it of its children.
async function cpuMs(command: readonly string[], identity: { readonly uid: number; readonly gid: number } | undefined): Promise<number> {
  // the result goes to a pipe as it would, and what the program itself says on standard error not among the figures
  const script = 'TIMEFORMAT="%3U %3S"; { time "$@" 3>&1 2>/dev/null; } | cat >/dev/null';
  const { stderr } = await promisify(execFile)('/bin/bash', ['-c', script, 'bash', ...command], {
    env: {},
    cwd: '/',
    ...(identity === undefined ? {} : { uid: identity.uid, gid: identity.gid }),
  });
  const [user = Number.NaN, system = Number.NaN] = stderr.trim().split(/\s+/u).map(Number);
  return (user + system) * 1000;
}

async function runTimeFigure(scratch: string, tree: string): Promise<Figure> {
  const runtimeDirectory = join(scratch, 'runtime');
  const loaded: unknown = await import(pathToFileURL(resolve('sandbox/bundle.ts')).href);
  await bundlerOf(loaded)({ outDirectory: runtimeDirectory, runnerEntry: resolve('tools/bench/walls-workload.ts'), assets: [] });
  const { nodeFlags } = await readManifest(runtimeDirectory);
  const sandbox = localSandbox({ runtimeDirectory, stageInto: [join(scratch, 'staged')] });
  const behind = async (): Promise<number> => {
    const ran = await sandbox.run({ treeDirectory: tree, analyzers: ['secrets'], wallMs: limits.scanWallMsDefault }, () => undefined);
    return ran.ok ? (ran.value.runs[0]?.durationMs ?? Number.NaN) : Number.NaN;
  };
  const bare = async (): Promise<number> => {
    const given = [...nodeFlags, join(runtimeDirectory, 'runner.mjs'), 'bare', tree];
    const child = spawn(process.execPath, given, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], env: {}, cwd: '/' });
    let text = '';
    child.stdio[3]?.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    await once(child, 'close');
    return Number(/"durationMs":(\d+)/u.exec(text)?.[1]);
  };
  const times = await interleaved({ bare, behind });
  const [bareMs, wallsMs] = [Math.min(...times.bare) / 1000, Math.min(...times.behind) / 1000];
  return {
    name: 'sandbox/run-time',
    ratio: rounded(wallsMs / bareMs),
    goal: `<= ${String(runTimeRatioMax)}`,
    ok: wallsMs / bareMs <= runTimeRatioMax,
    detail: { bareMs: rounded(bareMs), wallsMs: rounded(wallsMs), rounds },
  };
}

type Bundler = (plan: { readonly outDirectory: string; readonly runnerEntry: string; readonly assets: readonly string[] }) => Promise<void>;

function bundlerOf(loaded: unknown): Bundler {
  const { bundleSandbox } = loaded as { readonly bundleSandbox: Bundler };
  return bundleSandbox;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** One round of each for warming up, then every round in a new order. */
async function interleaved<K extends string>(variants: Readonly<Record<K, () => Promise<number>>>): Promise<Record<K, number[]>> {
  const names = Object.keys(variants) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = -1; round < rounds; round += 1) {
    for (const name of shuffled(names)) {
      const value = await variants[name]();
      if (round >= 0) times[name].push(value);
    }
  }
  return times;
}
