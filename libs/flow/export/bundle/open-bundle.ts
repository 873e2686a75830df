import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import type { BundleSource } from './bundle-source.ts';
import { readTarHead, tarBlockBytes } from './tar.ts';

/** `detail` names the file, or the place in the archive. */
export type OpenBundleError = {
  readonly code: 'bundle.absent' | 'bundle.unreadable' | 'bundle.tar_malformed' | 'bundle.too_many_files';
  readonly detail: string;
};

/**
 * Opens a bundle that lies in a folder or in a tar file. Links and special files are refused; names that leave the folder too.
 * Errors: `bundle.absent`, `bundle.unreadable`, `bundle.tar_malformed`, `bundle.too_many_files` (`limits.bundleFilesMax`).
 */
export async function openBundle(place: string): Promise<Result<BundleSource, OpenBundleError>> {
  try {
    const facts = await lstat(place);
    if (facts.isDirectory()) return await openFolder(place);
    if (facts.isFile()) return await openTar(place, facts.size);
    return err({ code: 'bundle.unreadable', detail: 'neither a folder nor a file' });
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return err({ code: reason === 'ENOENT' ? 'bundle.absent' : 'bundle.unreadable', detail: reason });
  }
}

async function openFolder(root: string): Promise<Result<BundleSource, OpenBundleError>> {
  const files = new Map<string, number>();
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const item of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      if (item.isDirectory()) waiting.push(path);
      else if (item.isFile()) files.set(path, (await lstat(join(root, path))).size);
      else return err({ code: 'bundle.unreadable', detail: `not a plain file: ${path}` });
      if (files.size > limits.bundleFilesMax) return err({ code: 'bundle.too_many_files', detail: String(limits.bundleFilesMax) });
    }
  }
  return ok({
    files,
    read: async (path, part) => {
      const bytes = files.get(path);
      if (bytes === undefined) return undefined;
      const file = await open(join(root, path), 'r');
      try {
        return await readPart(file, part ?? { from: 0, bytes });
      } finally {
        await file.close();
      }
    },
    close: () => Promise.resolve(),
  });
}

type Slot = { readonly from: number; readonly bytes: number };

async function openTar(place: string, size: number): Promise<Result<BundleSource, OpenBundleError>> {
  const file = await open(place, 'r');
  const slots = new Map<string, Slot>();
  const wrong = await indexTar(file, size, slots);
  if (wrong !== undefined) {
    await file.close();
    return err(wrong);
  }
  return ok({
    files: new Map([...slots].map(([path, { bytes }]) => [path, bytes])),
    read: async (path, part) => {
      const slot = slots.get(path);
      if (slot === undefined) return undefined;
      if (part === undefined) return readPart(file, slot);
      return readPart(file, { from: slot.from + part.from, bytes: Math.max(0, Math.min(part.bytes, slot.bytes - part.from)) });
    },
    close: () => file.close(),
  });
}

async function indexTar(file: FileHandle, size: number, slots: Map<string, Slot>): Promise<OpenBundleError | undefined> {
  for (let at = 0; at < size;) {
    const head = readTarHead(await readPart(file, { from: at, bytes: tarBlockBytes }));
    if (head === 'end') return undefined;
    const from = at + tarBlockBytes;
    if (head === undefined || from + head.bytes > size) return { code: 'bundle.tar_malformed', detail: `byte ${String(at)}` };
    if (slots.has(head.path)) return { code: 'bundle.tar_malformed', detail: `\`${head.path}\` is there twice` };
    if (slots.size >= limits.bundleFilesMax) return { code: 'bundle.too_many_files', detail: String(limits.bundleFilesMax) };
    slots.set(head.path, { from, bytes: head.bytes });
    at = from + Math.ceil(head.bytes / tarBlockBytes) * tarBlockBytes;
  }
  return { code: 'bundle.tar_malformed', detail: 'the archive has no end' };
}

async function readPart(file: FileHandle, { from, bytes }: Slot): Promise<Uint8Array> {
  const buffer = Buffer.alloc(bytes);
  let filled = 0;
  while (filled < bytes) {
    const { bytesRead } = await file.read(buffer, filled, bytes - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
