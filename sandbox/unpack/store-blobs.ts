import { hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Stores bytes under their digest, and equal bytes once. Synchronous: this process has nothing else to do. */
export type BlobStore = { readonly store: (bytes: Uint8Array) => string };

/** A store below `target/blobs`. A name is made of the digest alone, so nothing of an archive chooses where anything is written. */
export function storeBlobs(target: string): BlobStore {
  const folders = new Set<string>();
  const stored = new Set<string>();
  mkdirSync(join(target, 'blobs'), { mode: 0o755 });
  return {
    store: (bytes) => {
      const sha256 = hash('sha256', bytes, 'hex');
      if (stored.has(sha256)) return sha256;
      const folder = `${target}/blobs/${sha256.slice(0, 2)}`;
      if (!folders.has(folder)) {
        mkdirSync(folder, { mode: 0o755 });
        folders.add(folder);
      }
      writeNew(`${folder}/${sha256}`, bytes);
      stored.add(sha256);
      return sha256;
    },
  };
}

function writeNew(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o644);
  try {
    for (let at = 0; at < bytes.byteLength;) at += writeSync(file, bytes, at);
  } finally {
    closeSync(file);
  }
}
