import { type Result, assert, err, ok, present } from '@lib/kernel';
import { nodeHash } from './merkle-hash.ts';
import { merkleRoot } from './prove.ts';
import { TILE_HEIGHT, TILE_WIDTH, tilePath } from './tile-path.ts';
import { decodeTile } from './tile-writer.ts';
import type { TlogError } from './tlog.errors.ts';
import { verifyConsistency } from './verify-consistency.ts';
import { verifyInclusion } from './verify-inclusion.ts';

/** The tree that the tiles must lead to: from an opened checkpoint. */
export type TiledTree = { readonly size: bigint; readonly root: Uint8Array };

/** Answers the bytes of a file of the layout, or nothing when it is not there. The bytes need not be trusted. */
export type ReadTile = (path: string) => Promise<Uint8Array | undefined>;

export type InclusionProof = { readonly leaf: Uint8Array; readonly proof: readonly Uint8Array[] };
export type ConsistencyProof = { readonly firstRoot: Uint8Array; readonly proof: readonly Uint8Array[] };

/**
 * Proves one leaf out of tiles, and checks the proof against the root before it is given: tiles that do not belong to this tree
 * give an error and never a proof. Reads a handful of tiles however long the log is.
 * Errors: `tlog.index_out_of_range`, `tlog.tile_missing`, `tlog.tile_malformed`, `tlog.root_mismatch`.
 */
export async function proveInclusionByTiles(tree: TiledTree, index: bigint, read: ReadTile): Promise<Result<InclusionProof, TlogError>> {
  if (index < 0n || index >= tree.size) return err({ code: 'tlog.index_out_of_range' });
  const siblings: Range[] = [];
  let range: Range = { from: 0n, to: tree.size };
  while (range.to - range.from > 1n) range = descend(range, index < middleOf(range), siblings);
  const hashes = await hashesOf([range, ...siblings.toReversed()], tree.size, read);
  if (!hashes.ok) return hashes;
  const [leaf, ...proof] = hashes.value;
  const proved = { leaf: present(leaf, 'the leaf was read'), proof };
  const verdict = verifyInclusion({ index, size: tree.size, root: tree.root, ...proved });
  return verdict.ok ? ok(proved) : verdict;
}

/**
 * Proves out of tiles that the tree extends the one of its first `firstSize` leaves, and tells that one's root. Checked against the
 * tree's root before it is given; whether `firstRoot` is the one that was kept is for the caller to compare.
 * Errors: `tlog.tree_empty`, `tlog.tree_shrunk`, `tlog.tile_missing`, `tlog.tile_malformed`, `tlog.root_mismatch`.
 */
export async function proveConsistencyByTiles(
  tree: TiledTree,
  firstSize: bigint,
  read: ReadTile,
): Promise<Result<ConsistencyProof, TlogError>> {
  if (firstSize < 1n) return err({ code: 'tlog.tree_empty' });
  if (firstSize > tree.size) return err({ code: 'tlog.tree_shrunk' });
  const siblings: Range[] = [];
  let range: Range = { from: 0n, to: tree.size };
  while (range.to !== firstSize) range = descend(range, firstSize <= middleOf(range), siblings);
  // the verifier knows the old root already when the old tree is one complete subtree of the new one
  const path = [...(range.from === 0n ? [] : [range]), ...siblings.toReversed()];
  const hashes = await hashesOf([{ from: 0n, to: firstSize }, ...path], tree.size, read);
  if (!hashes.ok) return hashes;
  const [first, ...proof] = hashes.value;
  const firstRoot = present(first, 'the first root was read');
  const verdict = verifyConsistency({ firstSize, firstRoot, secondSize: tree.size, secondRoot: tree.root, proof });
  if (verdict.ok) return ok({ firstRoot, proof });
  return err({ code: verdict.error.code === 'tlog.first_root_mismatch' ? 'tlog.root_mismatch' : verdict.error.code });
}

type Range = { readonly from: bigint; readonly to: bigint };

/** Goes one step down and notes the side that was not taken. */
function descend(range: Range, toLeft: boolean, siblings: Range[]): Range {
  const middle = middleOf(range);
  const left = { from: range.from, to: middle };
  const right = { from: middle, to: range.to };
  siblings.push(toLeft ? right : left);
  return toLeft ? left : right;
}

// the largest power of two smaller than the width, from the left
function middleOf({ from, to }: Range): bigint {
  const width = to - from;
  assert(width > 1n, 'a range of one leaf has no middle');
  let half = 1n;
  while (half * 2n < width) half *= 2n;
  return from + half;
}

async function hashesOf(ranges: readonly Range[], size: bigint, read: ReadTile): Promise<Result<readonly Uint8Array[], TlogError>> {
  const tiles: Tiles = new Map();
  const hashes: Uint8Array[] = [];
  for (const range of ranges) {
    const hash = await hashOf(range, { size, read, tiles });
    if (!hash.ok) return hash;
    hashes.push(hash.value);
  }
  return ok(hashes);
}

/** Tiles that one proof has read, by path: at most two a level. */
type Tiles = Map<string, readonly Uint8Array[]>;
type Source = { readonly size: bigint; readonly read: ReadTile; readonly tiles: Tiles };

/** Root of the leaves of a range, which is a node of the tree or the right end of one. At most 64 steps deep. */
async function hashOf(range: Range, source: Source): Promise<Result<Uint8Array, TlogError>> {
  const width = range.to - range.from;
  if ((width & (width - 1n)) === 0n) return readNode(range, source);
  const middle = middleOf(range);
  const left = await hashOf({ from: range.from, to: middle }, source);
  if (!left.ok) return left;
  const right = await hashOf({ from: middle, to: range.to }, source);
  return right.ok ? ok(nodeHash(left.value, right.value)) : right;
}

/** A complete subtree: its leaves, as far up as tiles go, lie side by side in one tile. */
async function readNode({ from, to }: Range, source: Source): Promise<Result<Uint8Array, TlogError>> {
  let level = 0;
  let weight = 1n; // leaves below one hash of the level
  for (; weight * BigInt(TILE_WIDTH) <= to - from; weight *= BigInt(TILE_WIDTH)) level += 1;
  const tile = await readTile({ level, index: (from / weight) >> BigInt(TILE_HEIGHT), inLevel: source.size / weight }, source);
  if (!tile.ok) return tile;
  const first = Number((from / weight) % BigInt(TILE_WIDTH));
  return ok(merkleRoot(tile.value.slice(first, first + Number((to - from) / weight))));
}

type Wanted = { readonly level: number; readonly index: bigint; readonly inLevel: bigint };

async function readTile({ level, index, inLevel }: Wanted, source: Source): Promise<Result<readonly Uint8Array[], TlogError>> {
  const rest = inLevel - index * BigInt(TILE_WIDTH);
  const width = rest < BigInt(TILE_WIDTH) ? Number(rest) : TILE_WIDTH;
  const path = tilePath(level, index, width);
  const known = source.tiles.get(path);
  if (known !== undefined) return ok(known);
  const bytes = await source.read(path);
  if (bytes === undefined) return err({ code: 'tlog.tile_missing' });
  const hashes = decodeTile(bytes, width);
  if (hashes.ok) source.tiles.set(path, hashes.value);
  return hashes;
}
