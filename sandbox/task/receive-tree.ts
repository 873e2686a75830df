import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archivedBlobs, limits, treeArchive, treeManifestSchema, type TreeManifest } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { exactReader, type ExactReader } from './exact-reader.ts';

/** What arrives, and what it must be. Units: bytes. */
export type ArrivingTree = {
  readonly source: AsyncIterable<Uint8Array>;
  readonly bytes: number;
  readonly manifestSha256: string;
  /** Does not exist yet. */
  readonly directory: string;
};

/** The bytes are not those of the tree that was ordered: too short, too long, or another digest. */
export type TreeAltered = { readonly code: 'task.tree_altered'; readonly detail: string };

/**
 * Writes a sealed tree out of its one stream (`tree-archive.ts`). The manifest is checked against the digest of the order before it is
 * parsed, and every blob against the manifest, so that what is analysed is what was sealed, byte for byte. No name in the stream becomes a
 * name on the disk. Errors: `task.tree_altered`; the disk's and the source's own.
 */
export async function receiveTree(tree: ArrivingTree): Promise<Result<undefined, TreeAltered>> {
  const reader = exactReader(tree.source, tree.bytes);
  const manifestBytes = await readManifestBytes(reader);
  if (manifestBytes === undefined) return altered('not an archive of a tree');
  if (createHash('sha256').update(manifestBytes).digest('hex') !== tree.manifestSha256) return altered('another manifest');
  const manifest = parseManifest(manifestBytes);
  if (manifest === undefined) return altered('a manifest that does not fit its schema');
  await mkdir(tree.directory, { mode: 0o700 });
  const folders = new Set<string>();
  for (const blob of archivedBlobs(manifest)) {
    const folder = join(tree.directory, 'blobs', blob.sha256.slice(0, 2));
    if (!folders.has(folder)) await mkdir(folder, { recursive: true, mode: 0o700 });
    folders.add(folder);
    if (!(await writeBlob(reader, join(folder, blob.sha256), blob))) return altered('a blob of another digest');
  }
  if (!(await reader.isAtEnd())) return altered('more bytes than the manifest names');
  await writeFile(join(tree.directory, 'manifest.json'), manifestBytes, { flag: 'wx', mode: 0o400 });
  return ok(undefined);
}

function altered(detail: string): Result<never, TreeAltered> {
  return err({ code: 'task.tree_altered', detail });
}

async function readManifestBytes(reader: ExactReader): Promise<Uint8Array | undefined> {
  const head = await reader.take(treeArchive.headBytes);
  if (head === undefined || Buffer.from(head).toString('latin1', 0, treeArchive.mark.length) !== treeArchive.mark) return undefined;
  const length = Buffer.from(head).readBigUInt64BE(treeArchive.mark.length);
  return length > BigInt(limits.manifestBytesMax) ? undefined : reader.take(Number(length));
}

function parseManifest(bytes: Uint8Array): TreeManifest | undefined {
  try {
    return treeManifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

async function writeBlob(reader: ExactReader, path: string, blob: { readonly sha256: string; readonly bytes: number }): Promise<boolean> {
  const hash: Hash = createHash('sha256');
  const file = await open(path, 'wx', 0o400);
  try {
    for (let left = blob.bytes; left > 0;) {
      const part = await reader.some(left);
      if (part === undefined) return false;
      hash.update(part);
      await file.writeFile(part);
      left -= part.byteLength;
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex') === blob.sha256;
}
