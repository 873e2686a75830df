import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canonicalJson } from '@lib/kernel';
import { bundleSandbox } from '../bundle.ts';

/** A folder for one spec that other users may enter, and its removal. */
export function testFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sandbox-spec-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bundles a runtime around a runner of this folder. */
export async function testRuntime(folder: string, runner: string): Promise<string> {
  const outDirectory = join(folder, `runtime-${runner}`);
  await bundleSandbox({ outDirectory, runnerEntry: join(import.meta.dirname, runner), assets: [], moreNative: ['raw-call.node'] });
  execFileSync('chmod', ['-R', 'a+rX', outDirectory]);
  return outDirectory;
}

/** A sealed tree with these files, as ingest would have made it. */
export function testTree(folder: string, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(folder, 'tree-'));
  const entries = Object.entries(files).map(([path, text]) => {
    const sha256 = createHash('sha256').update(text).digest('hex');
    const blob = join(directory, 'blobs', sha256.slice(0, 2), sha256);
    mkdirSync(dirname(blob), { recursive: true });
    writeFileSync(blob, text);
    return { path, bytes: Buffer.byteLength(text), sha256 };
  });
  writeFileSync(join(directory, 'manifest.json'), canonicalJson({ v: 1, files: entries }));
  return directory;
}
