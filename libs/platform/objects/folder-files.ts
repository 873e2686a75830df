import { type FileHandle, chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@lib/kernel';

/** Writes a file that must not exist yet, read-only, and waits until it is durable. */
export async function writeDurable(path: string, bytes: Uint8Array, write: WriteBytes = writeAll): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await write(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(path, 0o400);
}

/** The write itself, so that a test can let the disk run full in the middle. */
export type WriteBytes = (file: FileHandle, bytes: Uint8Array) => Promise<void>;

const writeAll: WriteBytes = (file, bytes) => file.writeFile(bytes);

/** Makes a folder and waits until each new name on the way to it is durable. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await syncFolder(dirname(folder));
}

/** Makes renames and removals in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Whether an error of the file system has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** What an operator is told. The path stays out: it holds ids of tenants. */
export function storeFault(error: unknown, doing: string): Fault {
  if (error instanceof Fault) return error;
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return new Fault('objects.disk_full', { internal: `no space left to ${doing}` });
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new Fault('objects.unavailable', { internal: `cannot ${doing}: ${code}` });
}
