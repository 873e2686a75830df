import { createHash } from 'node:crypto';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, treeFactsFile, type TreeManifest } from '@lib/contract';
import { canonicalJson, err, ok, type Result } from '@lib/kernel';
import { codeOf } from './code-of.ts';
import { leaveOuts, type LeaveOuts } from './leave-outs.ts';
import type { SealedFolder } from './read-sealed-folder.ts';
import type { SealLimits } from './seal-limits.ts';
import { storeBlob } from './store-blob.ts';
import { walkFolder, type WalkStop } from './walk-folder.ts';

/** What to seal and where to put it. `target` must not exist or be empty; the caller removes it, after a failure too. */
export type SealFolderJob = {
  readonly source: string;
  readonly target: string;
  readonly limits?: Partial<SealLimits>;
  readonly signal?: AbortSignal;
};

/** Why a folder could not be sealed. */
export type SealFolderError =
  | {
      readonly code: 'ingest.folder_missing' | 'ingest.not_a_folder' | 'ingest.folder_unreadable' | 'ingest.disk_full' | 'ingest.cancelled';
    }
  | { readonly code: 'ingest.too_many_files'; readonly filesMax: number }
  | { readonly code: 'ingest.tree_too_large'; readonly bytesMax: number };

/**
 * Copies a folder into a sealed tree. Never follows a link, never runs anything in it, opens only regular files, and holds every bound.
 * Files may change or vanish meanwhile: each is stored as it was in one read.
 * Units: bytes. Errors: see `SealFolderError`. Anything else is a bug or a broken disk and throws. Source: CWE-59, CWE-367, CWE-400.
 */
export async function sealFolder(job: SealFolderJob): Promise<Result<SealedFolder, SealFolderError>> {
  const bounds: SealLimits = { ...limits, ...job.limits };
  const missing = await checkFolder(job.source);
  if (missing !== undefined) return err(missing);
  try {
    await mkdir(join(job.target, 'blobs'), { recursive: true, mode: 0o755 });
    await Promise.all([chmod(job.target, 0o700), chmod(join(job.target, 'blobs'), 0o755)]);
    const left = leaveOuts(bounds);
    const collected = await collect(job, bounds, left);
    if (!collected.ok) return collected;
    const files = collected.value.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const manifest = canonicalJson({ v: 1, files });
    if (Buffer.byteLength(manifest) > bounds.manifestBytesMax) return err({ code: 'ingest.too_many_files', filesMax: bounds.treeFilesMax });
    await writeFile(join(job.target, 'manifest.json'), manifest, { mode: 0o644, flag: 'wx' });
    await chmod(join(job.target, 'manifest.json'), 0o644);
    const facts = {
      files: files.length,
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      sha256: createHash('sha256').update(manifest).digest('hex'),
      coverage: [...left.entries],
      coverageCounts: left.counts,
    };
    await writeFile(join(job.target, treeFactsFile), JSON.stringify(facts), { mode: 0o600, flag: 'wx' });
    return ok({ directory: job.target, ...facts });
  } catch (error) {
    if (isDiskFull(error)) return err({ code: 'ingest.disk_full' });
    throw error;
  }
}

async function checkFolder(folder: string): Promise<SealFolderError | undefined> {
  try {
    return (await stat(folder)).isDirectory() ? undefined : { code: 'ingest.not_a_folder' };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return { code: 'ingest.folder_missing' };
    if (code === 'ENOTDIR') return { code: 'ingest.not_a_folder' };
    if (code === 'EACCES' || code === 'EPERM') return { code: 'ingest.folder_unreadable' };
    throw error;
  }
}

type StoredFile = TreeManifest['files'][number];

async function collect(job: SealFolderJob, bounds: SealLimits, left: LeaveOuts): Promise<Result<StoredFile[], SealFolderError>> {
  const files: StoredFile[] = [];
  const total = { bytes: 0 };
  const store = storeBlob(job.target, bounds.storedFileBytesMax);
  const stop = await walkFolder(job.source, {
    bounds,
    left,
    isCancelled: () => job.signal?.aborted === true,
    onFile: async (path, handle, size): Promise<WalkStop | undefined> => {
      const stored = await store(handle, size);
      if (!stored.ok) {
        left.add(path, stored.error.code);
        return undefined;
      }
      files.push({ path, ...stored.value });
      total.bytes += stored.value.bytes;
      if (files.length > bounds.treeFilesMax) return 'ingest.too_many_files';
      return total.bytes > bounds.treeBytesMax ? 'ingest.tree_too_large' : undefined;
    },
  });
  if (stop === undefined) return ok(files);
  if (stop === 'ingest.too_many_files') return err({ code: stop, filesMax: bounds.treeFilesMax });
  return err(stop === 'ingest.tree_too_large' ? { code: stop, bytesMax: bounds.treeBytesMax } : { code: stop });
}

function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(codeOf(error));
}
