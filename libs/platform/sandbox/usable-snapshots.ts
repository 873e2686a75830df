import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { limits, type AnalyzerName, type RuntimeManifest } from '@lib/contract';
import type { StagedRuntime } from './stage-runtime.ts';

type Snapshots = RuntimeManifest['snapshots'];

/**
 * The snapshots of a runtime, when this Node takes them: one of another version or build refuses, and the program then starts from its
 * file, more slowly. Found out by starting the largest, which ends at once.
 */
export async function usableSnapshots(
  { runtimeDirectory, nodePath }: StagedRuntime,
  { snapshots, nodeFlags }: RuntimeManifest,
): Promise<Snapshots> {
  const largest = snapshots.toSorted((a, b) => b.analyzers.length - a.analyzers.length)[0];
  if (largest === undefined) return [];
  const flags = [`--max-old-space-size=${String(limits.analyzerHeapMib)}`, ...nodeFlags];
  const starts = await new Promise<boolean>((resolve) => {
    const child = spawn(nodePath, [...flags, '--snapshot-blob', join(runtimeDirectory, largest.path), 'trial'], {
      stdio: 'ignore',
      env: {},
      cwd: '/',
      timeout: limits.sandboxTrialMs,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
  return starts ? snapshots : [];
}

/** The smallest snapshot that holds every analyzer asked for. Pure. */
export function snapshotFor(snapshots: Snapshots, asked: readonly AnalyzerName[]): string | undefined {
  return snapshots
    .filter(({ analyzers }) => asked.every((name) => analyzers.includes(name)))
    .toSorted((a, b) => a.analyzers.length - b.analyzers.length)[0]?.path;
}
