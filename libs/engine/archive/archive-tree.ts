import { foldName } from './disguised-git.ts';

/** A file that was stored. Its digest is written in once its bytes are known. */
export type TreeFile = { readonly kind: 'file'; readonly bytes: number; sha256: string };
/** A place that is taken by something that is not stored: it can have nothing below it. */
export type TreePlace = { readonly kind: 'symlink' | 'not_stored' };
type TreeFolder = { readonly kind: 'folder'; readonly children: Map<string, TreeNode>; folded: Set<string> | undefined };
type TreeNode = TreeFile | TreePlace | TreeFolder;

/** What became of a path that was to be placed. `collides`: another name of this folder is the same where names are folded. */
export type Placing =
  | { readonly outcome: 'placed' | 'collides' }
  | { readonly outcome: 'duplicate' | 'clash' | 'through_link' | 'too_wide' | 'too_many_folders' };

/** A file of the finished tree. Units: bytes. */
export type StoredFile = { readonly path: string; readonly bytes: number; readonly sha256: string };

/** The tree of an archive as it grows: every name once, below its folder. */
export type ArchiveTree = {
  /** Adds a file, a link or (without `leaf`) a folder, and the folders above it. */
  readonly place: (segments: readonly string[], leaf: TreeFile | TreePlace | undefined) => Placing;
  /** The stored files, below `soleFolder` if there is one, one by one in the order of their paths: no list of them is held. */
  readonly files: () => Iterable<StoredFile>;
  /** The one folder that everything lies in, as git hosts and people pack: it is no part of the tree. Undefined when there is none. */
  readonly soleFolder: () => string | undefined;
};

/** An empty tree. `widthMax`: entries of one folder; `foldersMax`: folders in all, also those that only a path below them names. */
export function archiveTree({ widthMax, foldersMax }: { readonly widthMax: number; readonly foldersMax: number }): ArchiveTree {
  const root = newFolder();
  const count = { folders: 0 };
  return {
    place: (segments, leaf) => place({ root, segments, leaf, widthMax, foldersMax, count }),
    files: () => filesBelow(soleFolder(root)?.folder ?? root, ''),
    soleFolder: () => soleFolder(root)?.name,
  };
}

function soleFolder(root: TreeFolder): { readonly name: string; readonly folder: TreeFolder } | undefined {
  const [only] = root.children;
  return root.children.size === 1 && only?.[1].kind === 'folder' ? { name: only[0], folder: only[1] } : undefined;
}

function newFolder(): TreeFolder {
  return { kind: 'folder', children: new Map(), folded: undefined };
}

type PlaceOf = {
  readonly root: TreeFolder;
  readonly segments: readonly string[];
  readonly leaf: TreeFile | TreePlace | undefined;
  readonly widthMax: number;
  readonly foldersMax: number;
  readonly count: { folders: number };
};

function place({ root, segments, leaf, widthMax, foldersMax, count }: PlaceOf): Placing {
  let folder = root;
  let collides = false;
  for (const [at, name] of segments.entries()) {
    const isLeaf = leaf !== undefined && at === segments.length - 1;
    const there = folder.children.get(name);
    if (there !== undefined) {
      if (isLeaf || there.kind !== 'folder') return { outcome: metOutcome(there, isLeaf) };
      folder = there;
      continue;
    }
    if (folder.children.size >= widthMax) return { outcome: 'too_wide' };
    collides = noteFolded(folder, name) || collides;
    const made = isLeaf ? leaf : newFolder();
    folder.children.set(name, made);
    if (made.kind !== 'folder') continue;
    count.folders += 1;
    if (count.folders > foldersMax) return { outcome: 'too_many_folders' };
    folder = made;
  }
  return { outcome: collides ? 'collides' : 'placed' };
}

function metOutcome(there: TreeNode, isLeaf: boolean): 'clash' | 'duplicate' | 'through_link' {
  if (isLeaf) return there.kind === 'folder' ? 'clash' : 'duplicate';
  return there.kind === 'symlink' ? 'through_link' : 'clash';
}

// Only names that folding changes are remembered: a tree of plain lower-case names costs nothing.
function noteFolded(folder: TreeFolder, name: string): boolean {
  const folded = foldName(name);
  if (folded === name) return folder.folded?.has(name) === true;
  const met = folder.children.has(folded) || folder.folded?.has(folded) === true;
  folder.folded ??= new Set();
  folder.folded.add(folded);
  return met;
}

// As deep as `treeDepthMax` lets a path be. A folder is sorted by its name with the slash that follows it, as whole paths would be.
function* filesBelow(folder: TreeFolder, above: string): Generator<StoredFile> {
  const keyOf = (name: string): string => (folder.children.get(name)?.kind === 'folder' ? `${name}/` : name);
  for (const key of Array.from(folder.children.keys(), keyOf).sort(byCodeUnit)) {
    const name = key.endsWith('/') ? key.slice(0, -1) : key;
    const node = folder.children.get(name);
    if (node?.kind === 'folder') yield* filesBelow(node, `${above}${name}/`);
    else if (node?.kind === 'file') yield { path: above + name, bytes: node.bytes, sha256: node.sha256 };
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : 1;
}
