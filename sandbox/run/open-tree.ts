import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits, treeManifestSchema, type SandboxMessage, type TreeManifest } from '@lib/contract';
import type { Analyzer, Tree, TreeFile } from '@lib/engine/sdk';

/** A sealed tree on disk: its manifest and where the bytes are. */
export type SealedTree = { readonly files: TreeManifest['files']; readonly directory: string };

/** What one analyzer sees of the tree; `filesWanted` counts those withheld from it as well. */
export type WantedTree = { readonly tree: Tree; readonly filesWanted: number };

/** Reads the manifest. Only after the sandbox has closed: paths are a customer's bytes too. */
export function openTree(directory: string): SealedTree {
  const manifest = treeManifestSchema.parse(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')));
  return { files: manifest.files, directory };
}

/** The files that an analyzer wants and may have. What is withheld, or cannot be read, becomes a coverage entry of that analyzer. */
export function wantedTree(sealed: SealedTree, analyzer: Analyzer, emit: (message: SandboxMessage) => void): WantedTree {
  const wanted = sealed.files.filter((file) => analyzer.wants(file.path));
  const skip = (file: TreeFile, reason: 'too_large' | 'unreadable'): void =>
    emit({ type: 'coverage', entry: { path: file.path, reason, analyzer: analyzer.name } });
  const given = new Map<string, TreeFile>();
  for (const file of wanted) {
    if (file.bytes > (analyzer.fileBytesMax ?? limits.sourceFileBytesMax)) skip(file, 'too_large');
    else given.set(file.path, file);
  }
  const beside = sealed.files.filter((file) => isBeside(file, analyzer));
  const consulted = new Map(beside.map((file) => [file.path, file]));
  const read = (path: string): Uint8Array | undefined => {
    const file = given.get(path) ?? consulted.get(path);
    if (file === undefined) return undefined;
    const bytes = readBlob(sealed, file);
    if (bytes === undefined) skip(file, 'unreadable');
    return bytes;
  };
  return { tree: { files: [...given.values()], beside, read }, filesWanted: wanted.length };
}

function isBeside(file: TreeFile, { wants, consults }: Analyzer): boolean {
  return consults?.(file.path) === true && !wants(file.path);
}

/** Reads any file of the tree that a parser may have, for what is said about it; undefined where there is none. */
export function sealedFiles(sealed: SealedTree): (path: string) => Uint8Array | undefined {
  const files = new Map(sealed.files.map((file) => [file.path, file]));
  return (path) => {
    const file = files.get(path);
    return file === undefined || file.bytes > limits.sourceFileBytesMax ? undefined : readBlob(sealed, file);
  };
}

// Whoever wrote the tree has met hostile bytes too: a blob that has not the digest it is named by is none.
function readBlob({ directory }: SealedTree, { sha256 }: TreeFile): Uint8Array | undefined {
  try {
    const bytes = readFileSync(join(directory, 'blobs', sha256.slice(0, 2), sha256));
    return hash('sha256', bytes, 'hex') === sha256 ? bytes : undefined;
  } catch {
    return undefined;
  }
}
