import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { archivedBlobs, limits, treeArchive, treeManifestSchema, type TreeManifest } from '@lib/contract';
import { Fault } from '@lib/kernel';

/** A sealed tree, ready to be sent. `open` starts the stream anew, for another try. Units: bytes. */
export type PackedTree = {
  readonly bytes: number;
  readonly manifestSha256: string;
  readonly open: () => AsyncGenerator<Uint8Array>;
};

/**
 * Reads a sealed tree's manifest and offers the tree as one stream (`tree-archive.ts`). Blobs are not hashed here: the task does, for every byte.
 * Errors: Fault `sandbox.start_failed` when there is no sealed tree. The stream fails when a blob is not as long as the manifest says.
 */
export async function packTree(directory: string): Promise<PackedTree> {
  const manifestBytes = await readManifestBytes(directory);
  const manifest = parseManifest(manifestBytes);
  const blobs = archivedBlobs(manifest);
  const bytes = treeArchive.headBytes + manifestBytes.byteLength + blobs.reduce((sum, blob) => sum + blob.bytes, 0);
  return {
    bytes,
    manifestSha256: createHash('sha256').update(manifestBytes).digest('hex'),
    open: async function* () {
      yield headOf(manifestBytes);
      yield manifestBytes;
      for (const { sha256, bytes: expected } of blobs) {
        if (expected > 0) yield* blobBytes(join(directory, 'blobs', sha256.slice(0, 2), sha256), expected);
      }
    },
  };
}

async function readManifestBytes(directory: string): Promise<Uint8Array> {
  const path = join(directory, 'manifest.json');
  try {
    const { size } = await stat(path);
    if (size > limits.manifestBytesMax) throw new Fault('sandbox.start_failed', { internal: 'the manifest is too large' });
    return await readFile(path);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('sandbox.start_failed', { internal: `no sealed tree in ${directory}`, cause: error });
  }
}

function parseManifest(bytes: Uint8Array): TreeManifest {
  try {
    return treeManifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new Fault('sandbox.start_failed', { internal: 'the manifest does not fit its schema', cause: error });
  }
}

function headOf(manifest: Uint8Array): Uint8Array {
  const head = Buffer.alloc(treeArchive.headBytes);
  head.write(treeArchive.mark, 'latin1');
  head.writeBigUInt64BE(BigInt(manifest.byteLength), treeArchive.mark.length);
  return head;
}

async function* blobBytes(path: string, expected: number): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of createReadStream(path)) {
    if (!(chunk instanceof Uint8Array)) continue;
    sent += chunk.byteLength;
    if (sent > expected) break;
    yield chunk;
  }
  if (sent !== expected) throw new Fault('sandbox.start_failed', { internal: 'a blob is not as long as the manifest says' });
}
