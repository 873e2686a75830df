import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundleCode, stageOneProgram } from '../bundle.ts';
import { bundleScript, rewriteManifest, type Stage } from './open-stage.ts';
import type { Edit } from './mutants/mutant.ts';

const repository = join(import.meta.dirname, '../..');
// As tools/build/build-native.mjs compiles them, but for what makes the bytes the same everywhere.
const freestanding = [
  '-std=c11',
  '-Os',
  '-ffreestanding',
  '-nostdlib',
  '-fno-builtin',
  '-fno-tree-loop-distribute-patterns',
  '-fno-stack-protector',
];
const programs = { 'launch.c': ['launch', '-static', '-no-pie', '-fno-pie'], 'lockdown.c': ['lockdown.node', '-shared', '-fPIC'] } as const;

const runtimeFiles = [
  'launch',
  'stage-one.bpf',
  'lockdown.node',
  'runner.mjs',
  'unpacker.mjs',
  'prober.node',
  'package.json',
  'runtime.json',
];

const manifestName = 'runtime.json';

/** A runtime and a supervisor with walls taken away. `remove` once it has run. */
export type Built = { readonly runtimeDirectory: string; readonly supervisor: string; readonly remove: () => void };

/** Builds what the edits touch anew and takes the rest of the stage as it is. Throws when an edit does not fit its file exactly once. */
export async function buildMutant(stage: Stage, edits: readonly Edit[]): Promise<Built> {
  const folder = mkdtempSync(join(stage.folder, 'mutant-'));
  const runtimeDirectory = join(folder, 'runtime');
  // what the probes run; the parsers of the product are not among it
  mkdirSync(join(runtimeDirectory, 'node_modules'), { recursive: true });
  for (const name of runtimeFiles) copyFileSync(join(stage.runtimeDirectory, name), join(runtimeDirectory, name));
  execFileSync('chmod', ['-R', 'a+rX', folder]);
  const texts = editedTexts(edits.filter(({ file }) => file !== manifestName));
  const ofManifest = edits.filter(({ file }) => file === manifestName);
  const touches = (...prefixes: readonly string[]): boolean =>
    [...texts.keys()].some((file) => prefixes.some((prefix) => file.startsWith(prefix)));
  const plugins = [planting(texts)];
  if (touches('sandbox/native/')) compile(folder, runtimeDirectory, texts);
  if (touches('sandbox/profile/', 'sandbox/lockdown/')) {
    const entry = (name: string): string => join(import.meta.dirname, `${name}.ts`);
    await bundleCode({ runner: entry('probe-runner'), unpacker: entry('probe-unpacker') }, runtimeDirectory, plugins);
  }
  if (touches('sandbox/profile/')) writeFileSync(join(runtimeDirectory, 'stage-one.bpf'), await stageOneProgram(runtimeDirectory, plugins));
  for (const { from, to } of ofManifest) editManifest(join(runtimeDirectory, manifestName), from, to);
  rewriteManifest(runtimeDirectory);
  const own = touches('libs/platform/sandbox/');
  if (own) await bundleScript(folder, 'supervise-as', plugins);
  return {
    runtimeDirectory,
    supervisor: own ? join(basename(folder), 'supervise-as.mjs') : 'supervise-as.mjs',
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

// what the build wrote down for whoever starts it: Node's flags
function editManifest(path: string, from: string, to: string): void {
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${manifestName} has ${String(parts.length - 1)} times: ${from}`);
  writeFileSync(path, parts.join(to));
}

function editedTexts(edits: readonly Edit[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const text = texts.get(file) ?? readFileSync(join(repository, file), 'utf8');
    const parts = text.split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${String(parts.length - 1)} times: ${from}`);
    texts.set(file, parts.join(to));
  }
  return texts;
}

function planting(texts: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'planted mutant',
    setup: (build) => {
      build.onLoad({ filter: /[.]ts$/ }, ({ path }) => {
        const contents = texts.get(relative(repository, path));
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}

function compile(folder: string, runtimeDirectory: string, texts: ReadonlyMap<string, string>): void {
  const sources = join(repository, 'sandbox/native');
  const copies = join(folder, 'native');
  mkdirSync(copies);
  for (const name of readdirSync(sources).filter((file) => /[.][ch]$/u.test(file))) copyFileSync(join(sources, name), join(copies, name));
  for (const [source, [to, ...flags]] of Object.entries(programs)) {
    const text = texts.get(`sandbox/native/${source}`);
    if (text === undefined) continue;
    writeFileSync(join(copies, source), text);
    execFileSync('gcc', [...freestanding, ...flags, '-o', join(runtimeDirectory, to), join(copies, source)], { stdio: 'inherit' });
  }
}
