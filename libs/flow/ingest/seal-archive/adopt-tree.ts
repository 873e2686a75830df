import { createHash } from 'node:crypto';
import { lchownSync, lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { limits, treeManifestSchema, type TreeFacts, type TreeManifest } from '@lib/contract';

const filesPerTurn = 1_000; // looked at before other work of this process has its turn

/**
 * Takes over what the unpacker left behind, after it is gone: a manifest that fits its schema and is in order, and exactly the blobs that
 * it names, each a plain file of one name and the size it should have. No links, nothing else, modes as they are meant; the files become
 * ours. The bytes are not read: whoever reads a blob checks it against its digest. Undefined when anything is otherwise.
 */
export async function adoptTree(target: string): Promise<Omit<TreeFacts, 'coverage' | 'coverageCounts'> | undefined> {
  if (!isList(readdirSync(target), ['blobs', 'manifest.json'])) return undefined;
  const manifest = readManifest(join(target, 'manifest.json'));
  if (manifest === undefined) return undefined;
  const sizes = sizesOf(manifest.files);
  if (sizes === undefined || !(await adoptBlobs(join(target, 'blobs'), sizes))) return undefined;
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  return bytes > limits.treeBytesMax ? undefined : { files: manifest.files.length, bytes, sha256: manifest.sha256 };
}

function readManifest(path: string): { readonly files: TreeManifest['files']; readonly sha256: string } | undefined {
  const found = adopt(path, 'file');
  if (found === undefined || found.size > limits.manifestBytesMax) return undefined;
  const text = readFileSync(path);
  const parsed = treeManifestSchema.safeParse(parseJson(text.toString('utf8')));
  if (!parsed.success || !isInOrder(parsed.data.files)) return undefined;
  return { files: parsed.data.files, sha256: createHash('sha256').update(text).digest('hex') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Ascending: so no path is there twice.
function isInOrder(files: TreeManifest['files']): boolean {
  return files.every((file, at) => at === 0 || (files[at - 1]?.path ?? '') < file.path);
}

// The size of each blob; undefined when one is said to have two.
function sizesOf(files: TreeManifest['files']): ReadonlyMap<string, number> | undefined {
  const sizes = new Map<string, number>();
  for (const { sha256, bytes } of files) {
    const known = sizes.get(sha256);
    if (known !== undefined && known !== bytes) return undefined;
    sizes.set(sha256, bytes);
  }
  return sizes;
}

async function adoptBlobs(root: string, sizes: ReadonlyMap<string, number>): Promise<boolean> {
  const folders = new Set(Array.from(sizes.keys(), (sha256) => sha256.slice(0, 2)));
  if (adopt(root, 'folder') === undefined || !isList(readdirSync(root), [...folders])) return false;
  let seen = 0;
  for (const name of folders) {
    const folder = join(root, name);
    if (adopt(folder, 'folder') === undefined) return false;
    for (const sha256 of readdirSync(folder)) {
      const bytes = sha256.startsWith(name) ? sizes.get(sha256) : undefined;
      if (bytes === undefined || adopt(`${folder}/${sha256}`, 'file')?.size !== bytes) return false;
      seen += 1;
      if (seen % filesPerTurn === 0) await turn();
    }
  }
  return seen === sizes.size;
}

// Nobody else is at work in here any more, so what a name is now it stays.
function adopt(path: string, kind: 'file' | 'folder'): Stats | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !isAsMeant(found, kind)) return undefined;
  const [uid, gid] = [process.getuid?.() ?? found.uid, process.getgid?.() ?? found.gid];
  if (found.uid !== uid || found.gid !== gid) lchownSync(path, uid, gid);
  return found;
}

function isAsMeant(found: Stats, kind: 'file' | 'folder'): boolean {
  const mode = found.mode & 0o7777;
  return kind === 'folder' ? found.isDirectory() && mode === 0o755 : found.isFile() && found.nlink === 1 && mode === 0o644;
}

function isList(names: readonly string[], expected: readonly string[]): boolean {
  return names.length === expected.length && expected.every((name) => names.includes(name));
}
