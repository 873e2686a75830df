import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A process of its own that runs one of our sources, for what a test can only do to a process: kill it. */
export type SpawnedSource = { readonly child: ChildProcess; readonly remove: () => Promise<void> };

/** Bundles `source` and runs it. The bundle lies in `node_modules`, where the packages that it imports are found. */
export async function spawnTypescript(source: string, parameters: readonly string[]): Promise<SpawnedSource> {
  const folder = await mkdtemp(join('node_modules', '.aegis-test-'));
  const outfile = join(folder, 'main.mjs');
  await build({ entryPoints: [source], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' });
  const child = spawn(process.execPath, [outfile, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
  return { child, remove: () => rm(folder, { recursive: true, force: true }) };
}
