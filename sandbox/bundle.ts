import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { compileAsset } from '../tools/compile-assets.ts';
import { bundleSnapshots } from '../tools/build/bundle-snapshots.ts';
import { bundleTask } from '../tools/build/bundle-task.ts';
import { copyNative } from '../tools/build/copy-native.ts';

const here = import.meta.dirname;
const repositoryRoot = join(here, '..');

/** Packages with native code or files beside their code: copied as they are, never bundled. */
const wholePackages = ['oxc-parser', 'web-tree-sitter'];
const nativePackages: readonly (readonly [scope: string, prefix: string])[] = [['@oxc-parser', 'binding-linux-']];
const notNeeded =
  /(?:^|\/)(?:doc|debug|vendor|lib\/native|musl_x64)(?:\/|$)|\.(?:map|d\.[mc]?ts|md)$|\.(?:cc|hh|h|inc|asm)$|wasm32-wasip1/u;

// Packages in the old module format ask for Node's own modules by `require`.
const requireBanner = {
  js: "import { createRequire as aegisRequire } from 'node:module'; const require = aegisRequire(import.meta.url);",
};

/** What the runner hides secrets by, whichever analyzers it has. */
const redactionRules = 'secrets.rules.json';

/** By which flags every program here is started; `runtime.json` says so to whoever starts it. */
const nodeFlags = [
  '--disable-wasm-trap-handler', // its guard regions need 32 GiB of address space
  '--no-short-builtin-calls', // V8 else maps its own file executable in each worker, which the filter refuses
  '--disallow-code-generation-from-strings',
  '--no-deprecation',
];

/** What to bundle: by default the product's runner with every asset of the registry; tests bring their own. */
export type BundlePlan = {
  readonly outDirectory: string;
  readonly runnerEntry?: string;
  readonly unpackerEntry?: string;
  readonly assets?: readonly string[];
  /** Heaps to start the product's own runner from. */
  readonly withSnapshots?: boolean;
  /** `raw-call.node`, for the escape suite alone. */
  readonly moreNative?: readonly string[];
};

/**
 * Builds a complete sandbox runtime: `launch` with the seccomp program of stage 1, `runner.mjs`, `unpacker.mjs`, `task.mjs` (the program of
 * a cloud task), `lockdown.node`, `assets/`, `node_modules/` with the native packages, and `runtime.json` with the SHA-256 of each file. The folder needs nothing outside itself but
 * Node and the system's libraries for it.
 */
export async function bundleSandbox({
  outDirectory,
  runnerEntry = join(here, 'runner.ts'),
  unpackerEntry = join(here, 'unpacker.ts'),
  assets,
  moreNative = [],
  withSnapshots = false,
}: BundlePlan): Promise<void> {
  rmSync(outDirectory, { recursive: true, force: true });
  mkdirSync(join(outDirectory, 'assets'), { recursive: true });
  await bundleCode({ runner: runnerEntry, ...(existsSync(unpackerEntry) ? { unpacker: unpackerEntry } : {}) }, outDirectory);
  writeFileSync(join(outDirectory, 'package.json'), '{"type":"module"}'); // Node looks no further up, where it may not read
  await bundleTask(join(outDirectory, 'task.mjs'));
  copyNative(['launch', 'lockdown.node', ...moreNative], outDirectory);
  writeFileSync(join(outDirectory, 'stage-one.bpf'), await stageOneProgram(outDirectory));
  copyPackages(outDirectory);
  for (const name of new Set([redactionRules, ...(assets ?? (await assetNames(outDirectory)))]))
    writeFileSync(join(outDirectory, 'assets', name), compileAsset(name));
  const snapshots = withSnapshots ? await bundleSnapshots({ outDirectory, analyzers: await analyzerNames(outDirectory), nodeFlags }) : [];
  const files = filesBelow(outDirectory).map((path) => ({ path, sha256: sha256Of(join(outDirectory, path)) }));
  writeFileSync(join(outDirectory, 'runtime.json'), JSON.stringify({ v: 2, nodeFlags, snapshots, files }));
}

/** Bundles programs into `<name>.mjs`. The escape suite plants its mutants with `plugins`. */
export async function bundleCode(
  entryPoints: Readonly<Record<string, string>>,
  outDirectory: string,
  plugins: readonly Plugin[] = [],
): Promise<void> {
  await build({
    entryPoints: { ...entryPoints },
    outdir: outDirectory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    tsconfig: join(repositoryRoot, 'tsconfig.json'),
    absWorkingDir: repositoryRoot,
    external: [...wholePackages],
    banner: requireBanner,
    logLevel: 'error',
    plugins: [...plugins],
  });
}

function copyPackages(outDirectory: string): void {
  const modules = join(repositoryRoot, 'node_modules');
  const natives = nativePackages.flatMap(([scope, prefix]) => {
    const folder = join(modules, scope);
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.startsWith(prefix))
          .map((name) => `${scope}/${name}`)
      : [];
  });
  for (const name of [...wholePackages, ...natives]) {
    const from = join(modules, name);
    if (!existsSync(from)) continue;
    cpSync(from, join(outDirectory, 'node_modules', name), {
      recursive: true,
      dereference: true,
      filter: (path) => !notNeeded.test(relative(from, path)),
    });
  }
}

async function assetNames(outDirectory: string): Promise<readonly string[]> {
  const names = await evaluate(
    "import { analyzers } from '@lib/engine/registry'; export default [...new Set(analyzers.flatMap((a) => a.assets))];",
    outDirectory,
  );
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string').toSorted() : [];
}

async function analyzerNames(outDirectory: string): Promise<readonly string[]> {
  const names = await evaluate(
    "import { analyzers } from '@lib/engine/registry'; export default analyzers.map((a) => a.name);",
    outDirectory,
  );
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
}

/** The seccomp program of stage 1, as the kernel reads it. */
export async function stageOneProgram(outDirectory: string, plugins: readonly Plugin[] = []): Promise<Uint8Array> {
  const program = await evaluate(
    "import { stageOneProgram } from './sandbox/profile/stage-one-program.ts'; export default stageOneProgram();",
    outDirectory,
    plugins,
  );
  if (!(program instanceof Uint8Array) || program.byteLength === 0) throw new Error('there is no seccomp program for this architecture');
  return program;
}

// Some of our own modules know what to write; they are asked in a bundle, because Node alone does not resolve `@lib`.
async function evaluate(contents: string, outDirectory: string, plugins: readonly Plugin[] = []): Promise<unknown> {
  const probe = join(outDirectory, 'node_modules', 'evaluated.mjs');
  await build({
    stdin: { contents, resolveDir: repositoryRoot },
    outfile: probe,
    bundle: true,
    platform: 'node',
    format: 'esm',
    tsconfig: join(repositoryRoot, 'tsconfig.json'),
    external: [...wholePackages],
    banner: requireBanner,
    logLevel: 'error',
    plugins: [...plugins],
  });
  const loaded: unknown = await import(`${pathToFileURL(probe).href}?${String(process.hrtime.bigint())}`);
  rmSync(probe);
  return typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
}

function filesBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
