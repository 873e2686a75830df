// Rebuilds the committed programs of sandbox/native from their source: node tools/build/build-native.ts
// What is committed is what this makes; sandbox/native/native.spec.ts rebuilds and compares. Nothing at run time needs a compiler.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../../sandbox/native');
const prebuilt = join(source, 'prebuilt');

/** Architectures that there are programs for. Those for arm64 are cross-compiled and were never run. */
export const nativeArchitectures = ['x64', 'arm64'] as const;
export type NativeArchitecture = (typeof nativeArchitectures)[number];

const crossCompilers = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' } as const;

const plain = [
  '-std=c11',
  '-Os',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-ffreestanding', // no C library: what is linked is what is written
  '-nostdlib',
  '-fno-builtin',
  '-fno-tree-loop-distribute-patterns', // it would call memset
  '-fno-stack-protector', // its canary lives in a C library
  '-fno-asynchronous-unwind-tables',
  '-fno-ident',
  '-Wl,--build-id=none,-z,noexecstack,-z,relro,-z,now',
  '-s',
];
const plainOf: Readonly<Record<NativeArchitecture, readonly string[]>> = {
  x64: [...plain, '-fcf-protection=none'], // its notes differ between distributions
  arm64: plain,
};
const executable = ['-static', '-no-pie', '-fno-pie'];
const addon = ['-shared', '-fPIC'];
const programs = [
  { from: 'launch.c', to: 'launch', flags: executable },
  { from: 'lockdown.c', to: 'lockdown.node', flags: addon },
  { from: 'raw-call.c', to: 'raw-call.node', flags: addon },
];

/** The words by which a compiler and its linker name their version; undefined when this machine has none for the architecture. */
export function toolchainOf(architecture: NativeArchitecture): string | undefined {
  const firstLine = (program: string, ...given: readonly string[]): string =>
    execFileSync(program, given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n', 1)[0] ?? '';
  try {
    const compiler = compilerOf(architecture);
    return `${firstLine(compiler, '--version')}; ${firstLine(firstLine(compiler, '-print-prog-name=ld'), '--version')}`;
  } catch {
    return undefined;
  }
}

/** Builds every program for one architecture into a folder; answers their names. */
export function buildNative(architecture: NativeArchitecture, outDirectory: string): readonly string[] {
  mkdirSync(outDirectory, { recursive: true });
  for (const { from, to, flags } of programs) {
    const out = join(outDirectory, to);
    execFileSync(compilerOf(architecture), [...plainOf[architecture], ...flags, '-o', out, from], { cwd: source, stdio: 'inherit' });
    chmodSync(out, 0o755);
  }
  return programs.map(({ to }) => to);
}

function compilerOf(architecture: NativeArchitecture): string {
  return process.arch === architecture ? 'gcc' : crossCompilers[architecture];
}

function rebuild(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'aegis-native-'));
  const toolchains: Record<string, string> = {};
  const files: Record<string, string> = {};
  try {
    for (const architecture of nativeArchitectures) {
      const toolchain = toolchainOf(architecture);
      if (toolchain === undefined) throw new Error(`${compilerOf(architecture)} is not here: both architectures are rebuilt together`);
      toolchains[architecture] = toolchain;
      const folder = `linux-${architecture}`;
      mkdirSync(join(prebuilt, folder), { recursive: true });
      for (const name of buildNative(architecture, join(scratch, architecture))) {
        const bytes = readFileSync(join(scratch, architecture, name));
        writeFileSync(join(prebuilt, folder, name), bytes, { mode: 0o755 });
        files[`${folder}/${name}`] = createHash('sha256').update(bytes).digest('hex');
      }
    }
    writeFileSync(join(prebuilt, 'prebuilt.json'), `${JSON.stringify({ toolchains, files }, null, 2)}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) rebuild();
