import { createHash } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { treeManifestSchema, type ArchiveFormat, type TreeManifest, type UnpackMessage } from '@lib/contract';
import { archiveInput } from '../archive-input.ts';
import { unpackArchive, type UnpackJob } from '../unpack-archive.ts';

/** What an unpacking came to. */
export type Unpacked = {
  readonly messages: readonly UnpackMessage[];
  /** Undefined unless it was sealed. */
  readonly manifest: TreeManifest | undefined;
  readonly refused: Extract<UnpackMessage, { readonly type: 'archive_refused' }> | undefined;
};

/** A folder with bait in it, in which archives are unpacked one after the other. */
export type WatchedFolder = {
  readonly path: string;
  readonly unpack: (archive: { readonly format: ArchiveFormat; readonly bytes: Buffer }, bounds?: UnpackJob['bounds']) => Promise<Unpacked>;
  /** The most that one archive has taken, from its first byte to its last message: time of this process alone, not of what runs beside it. Units: ms. */
  readonly slowestMs: () => number;
  readonly remove: () => void;
};

/**
 * Makes the folder. Every unpacking asserts that nothing beside its target was made, changed or removed, and that the target holds nothing
 * but a manifest and blobs that have the digest they are named by.
 */
export function watchedFolder(): WatchedFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'unpack-')));
  const target = join(path, 'jail', 'target');
  mkdirSync(join(path, 'victim', 'hooks'), { recursive: true });
  mkdirSync(join(path, 'jail'));
  for (const name of ['victim/passwd', 'victim/hooks/post-checkout', 'jail/beside']) writeFileSync(join(path, name), 'bait');
  const before = inventory(path);
  let slowestMs = 0;
  return {
    path,
    slowestMs: () => slowestMs,
    remove: () => rmSync(path, { recursive: true, force: true }),
    unpack: async (archive, bounds = {}) => {
      mkdirSync(target);
      try {
        const file = join(path, 'jail', 'archive');
        writeFileSync(file, archive.bytes);
        const descriptor = openSync(file, 'r');
        rmSync(file);
        const messages: UnpackMessage[] = [];
        try {
          const input = archiveInput(descriptor, () => process.stdin);
          const start = process.cpuUsage();
          await unpackArchive({ input, format: archive.format, target, bounds, emit: (message) => void messages.push(message) });
          const { user, system } = process.cpuUsage(start);
          slowestMs = Math.max(slowestMs, (user + system) / 1000);
        } finally {
          closeSync(descriptor);
        }
        const refused = messages.find((message) => message.type === 'archive_refused');
        const sealed = messages.find((message) => message.type === 'sealed');
        return { messages, refused, manifest: sealed === undefined ? undefined : readTree(target) };
      } finally {
        checkTarget(target);
        rmSync(target, { recursive: true });
        const after = inventory(path);
        if (after !== before) throw new Error(`something outside was touched:\n${after}`);
      }
    },
  };
}

function inventory(root: string): string {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      const found = lstatSync(path);
      const file = found.isFile() ? [found.size, found.mtimeMs, found.nlink, readFileSync(path, 'latin1')] : [];
      return [relative(root, path), found.mode, ...file].join(' ');
    })
    .toSorted()
    .join('\n');
}

function checkTarget(target: string): void {
  for (const entry of readdirSync(target, { recursive: true, withFileTypes: true })) {
    const path = relative(target, join(entry.parentPath, entry.name));
    const isFolder = entry.isDirectory() && /^blobs(?:\/[0-9a-f]{2})?$/u.test(path);
    const isManifest = entry.isFile() && path === 'manifest.json';
    if (isFolder || isManifest) continue;
    const digest = /^blobs\/([0-9a-f]{2})\/(\1[0-9a-f]{62})$/u.exec(path)?.[2];
    const isBlob =
      entry.isFile() &&
      digest ===
        createHash('sha256')
          .update(readFileSync(join(target, path)))
          .digest('hex');
    if (!isBlob) throw new Error(`in the target lies ${path}`);
  }
}

function readTree(target: string): TreeManifest {
  const manifest = treeManifestSchema.parse(JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')));
  const sizes = new Map(manifest.files.map((file) => [file.sha256, file.bytes]));
  for (const [sha256, bytes] of sizes) {
    if (lstatSync(join(target, 'blobs', sha256.slice(0, 2), sha256)).size !== bytes) throw new Error('a blob has another size');
  }
  return manifest;
}
