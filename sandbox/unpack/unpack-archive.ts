import { limits, type ArchiveFormat, type UnpackMessage } from '@lib/contract';
import { admitEntries, isLfsPointer, type Admission, type ArchiveBounds, type ArchiveRefusal, type TreeFile } from '@lib/engine/archive';
import { KIB } from '@lib/kernel';
import type { ArchiveInput } from './archive-input.ts';
import { collectLeavings, type Leavings } from './collect-leavings.ts';
import { storeBlobs, type BlobStore } from './store-blobs.ts';
import { unpackTar } from './unpack-tar.ts';
import { unpackZip } from './unpack-zip.ts';
import type { Unpacking } from './unpacking.ts';
import { writeManifest } from './write-manifest.ts';

/** One archive to unpack. `target` is empty. `bounds` are those of the contract, or smaller ones in a test. */
export type UnpackJob = {
  readonly input: ArchiveInput;
  readonly format: ArchiveFormat;
  readonly target: string;
  readonly bounds?: Partial<ArchiveBounds>;
  readonly emit: (message: UnpackMessage) => void;
};

/**
 * Turns an archive into the blobs and the manifest of a sealed tree. Holds one file, one chunk and the names in memory, never the tree.
 * The last message is `sealed`, or why there is nothing; what was written until a refusal stays for the caller to remove.
 * Source: CWE-22, CWE-59, CWE-409.
 */
export async function unpackArchive(job: UnpackJob): Promise<void> {
  const leavings = collectLeavings();
  const bounds = { ...limits, ...job.bounds };
  const admission = admitEntries(bounds, leavings.add);
  try {
    const blobs = storeBlobs(job.target);
    const found: { commit: string | undefined } = { commit: undefined };
    const unpacking: Unpacking = {
      bounds,
      admission,
      onFile: (file, path, bytes) => keepFile({ blobs, leavings }, file, { path, bytes }),
      onCommit: (commit) => void (found.commit ??= commit),
    };
    const refused = job.format === 'zip' ? unpackZip(job.input, unpacking) : await unpackTar(job.input, job.format, unpacking);
    if (refused === undefined) seal(job, { admission, leavings, bounds, commit: found.commit });
    else job.emit({ type: 'archive_refused', ...refused });
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    job.emit({ type: 'disk_full' });
  }
}

type Keeping = { readonly blobs: BlobStore; readonly leavings: Leavings };

function keepFile({ blobs, leavings }: Keeping, file: TreeFile, body: { readonly path: string; readonly bytes: Uint8Array }): void {
  file.sha256 = blobs.store(body.bytes);
  if (isLfsPointer(body.bytes)) leavings.add({ path: body.path, reason: 'lfs_pointer' });
}

type Sealing = {
  readonly admission: Admission;
  readonly leavings: Leavings;
  readonly bounds: ArchiveBounds;
  readonly commit: string | undefined;
};

function seal(job: UnpackJob, { admission, leavings, bounds, commit }: Sealing): void {
  const manifest = writeManifest(job.target, admission.tree.files());
  if (manifest.bytes > bounds.manifestBytesMax) {
    job.emit({ type: 'archive_refused', ...tooMany });
    return;
  }
  for (const entry of leavings.entries(admission.tree.soleFolder())) job.emit({ type: 'coverage', entry });
  const memoryBytesMax = process.resourceUsage().maxRSS * KIB;
  job.emit({
    type: 'sealed',
    sha256: manifest.sha256,
    counts: leavings.counts,
    memoryBytesMax,
    ...(commit === undefined ? {} : { commit }),
  });
}

const tooMany: ArchiveRefusal = { code: 'ingest.archive_too_many_entries' };

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
