import { randomUUID } from 'node:crypto';
import { type FileHandle, chmod, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@lib/kernel';

const KEY_FILE_BYTES_MAX = 65_536; // an RSA-4096 key in its wrapping has some kilobytes

/** Changes whenever another process replaces the file. */
export type FileStamp = string;

/** Reads a key file, or nothing when there is none. Faults: `kms.keyring_exposed` when others could read it, `kms.keyring_corrupt`. */
export async function readKeyFile(path: string): Promise<Buffer | undefined> {
  const file = await open(path, 'r').catch(absentIsUndefined);
  if (file === undefined) return undefined;
  try {
    const facts = await file.stat();
    if ((facts.mode & 0o077) !== 0)
      throw new Fault('kms.keyring_exposed', { internal: 'a key file is open to other users; set its mode to 0600' });
    if (facts.size > KEY_FILE_BYTES_MAX) throw new Fault('kms.keyring_corrupt', { internal: 'a key file is too long' });
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Tells whether a cached key is still the one on disk; costs one `stat`. */
export async function stampOf(path: string): Promise<FileStamp | undefined> {
  const facts = await stat(path, { bigint: true }).catch(absentIsUndefined);
  return facts === undefined ? undefined : `${facts.ino}.${facts.size}.${facts.mtimeNs}`;
}

/** Writes a new key file, whole or not at all. Answers false when it exists already; it is never replaced by this. */
export async function createKeyFile(path: string, bytes: Uint8Array): Promise<boolean> {
  const temporary = await writeTemporary(path, bytes);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(temporary);
    await syncFolder(dirname(path));
  }
}

/** Replaces a key file, whole or not at all, then overwrites the bytes that it held. */
export async function replaceKeyFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = await writeTemporary(path, bytes);
  const old = await open(path, 'r+').catch(absentIsUndefined);
  try {
    await rename(temporary, path);
    await syncFolder(dirname(path));
    if (old !== undefined) await overwrite(old);
  } finally {
    await old?.close();
  }
}

// The replaced file has no name any more, but its handle reaches the bytes. A copy-on-write file system or a backup may hold them
// still: they are wrapped under the root key.
async function overwrite(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  await file.write(Buffer.alloc(size), 0, size, 0);
  await file.datasync();
}

async function writeTemporary(path: string, bytes: Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(temporary, 0o600);
  return temporary;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function absentIsUndefined(error: unknown): undefined {
  if (hasCode(error, 'ENOENT')) return undefined;
  throw error;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
