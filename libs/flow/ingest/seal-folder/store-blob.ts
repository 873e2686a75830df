import { createHash } from 'node:crypto';
import { chmod, mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '@lib/kernel';
import { codeOf } from './code-of.ts';

/** What a stored file is known by. Units: bytes. */
export type StoredBlob = { readonly bytes: number; readonly sha256: string };

/** Why a file has no blob; the codes are coverage reasons. */
export type BlobError = { readonly code: 'too_large' | 'unreadable' };

const growthBytes = 64 * 1024; // room for a file that grows while it is read

/**
 * A function that reads an open file once, up to the bound, and stores its bytes under their digest; equal files are stored once.
 * Errors: `too_large`, `unreadable`. A full disk throws.
 */
export function storeBlob(into: string, bytesMax: number): (handle: FileHandle, size: number) => Promise<Result<StoredBlob, BlobError>> {
  const folders = new Map<string, Promise<void>>();
  const folderOf = (sha256: string): Promise<void> => {
    const name = sha256.slice(0, 2);
    const made = folders.get(name) ?? makeFolder(join(into, 'blobs', name));
    folders.set(name, made);
    return made;
  };
  const stored = new Set<string>();
  return async (handle, size) => {
    if (size > bytesMax) return err({ code: 'too_large' });
    const bytes = await readBounded(handle, size, bytesMax);
    if (!bytes.ok) return bytes;
    const sha256 = createHash('sha256').update(bytes.value).digest('hex');
    if (!stored.has(sha256)) {
      stored.add(sha256);
      await folderOf(sha256);
      await writeNew(join(into, 'blobs', sha256.slice(0, 2), sha256), bytes.value);
    }
    return ok({ bytes: bytes.value.byteLength, sha256 });
  };
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755); // whatever the umask says: another user reads the tree
}

async function readBounded(handle: FileHandle, size: number, bytesMax: number): Promise<Result<Uint8Array, BlobError>> {
  try {
    let buffer = Buffer.allocUnsafe(size + 1); // one more than it says: a full read would mean that it grew
    let filled = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, filled);
      filled += bytesRead;
      if (filled > bytesMax) return err({ code: 'too_large' });
      if (bytesRead === 0 || filled < buffer.byteLength) return ok(buffer.subarray(0, filled));
      buffer = Buffer.concat([buffer], Math.min(filled + growthBytes, bytesMax + 1));
    }
  } catch (error) {
    if (['EIO', 'EACCES', 'EPERM', 'ESTALE', 'EISDIR', 'EINVAL', 'ENXIO'].includes(codeOf(error))) return err({ code: 'unreadable' });
    throw error;
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    await file.writeFile(bytes);
    await file.chmod(0o644);
  } finally {
    await file.close();
  }
}
