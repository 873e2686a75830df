import { type Result, err, ok, present } from '@lib/kernel';
import { HASH_BYTES, areHashes, emptyRoot, nodeHash } from './merkle-hash.ts';
import { TILE_HEIGHT } from './tile-path.ts';
import type { TlogError } from './tlog.errors.ts';

/**
 * All that a writer must remember of a tree: its size and the roots of its complete subtrees, largest first.
 * There is one hash for each 1-bit of the size, so at most 64; appending costs O(log n) and a restart needs no rescan.
 */
export type RightEdge = { readonly size: bigint; readonly hashes: readonly Uint8Array[] };

/** Root of a full tile: hash `index` of tile level `level`, which is at least 1. Leaves are not among them. */
export type TileNode = { readonly level: number; readonly index: bigint; readonly hash: Uint8Array };

export const emptyEdge: RightEdge = { size: 0n, hashes: [] };

/** Adds leaves (their hashes) in order. Gives a new edge; the one passed in stays as it was. */
export function appendLeaves(edge: RightEdge, leaves: readonly Uint8Array[]): RightEdge {
  return growTree(edge, leaves).edge;
}

/** As `appendLeaves`, and gives the roots of the tiles that the leaves filled: kept, they make every proof out of few reads. */
export function growTree(
  edge: RightEdge,
  leaves: readonly Uint8Array[],
): { readonly edge: RightEdge; readonly nodes: readonly TileNode[] } {
  const hashes = [...edge.hashes];
  const heights = heightsOf(edge.size);
  const nodes: TileNode[] = [];
  for (const [at, leaf] of leaves.entries()) {
    let hash = leaf;
    let height = 0;
    // two complete subtrees of one height are one of the next
    for (; heights.at(-1) === height; height += 1) {
      heights.pop();
      hash = nodeHash(present(hashes.pop(), 'a hash for each height'), hash);
      const ends = height + 1;
      if (ends % TILE_HEIGHT === 0) nodes.push({ level: ends / TILE_HEIGHT, index: (edge.size + BigInt(at)) >> BigInt(ends), hash });
    }
    hashes.push(hash);
    heights.push(height);
  }
  return { edge: { size: edge.size + BigInt(leaves.length), hashes }, nodes };
}

/** Root of the tree that the edge describes. */
export function edgeRoot(edge: RightEdge): Uint8Array {
  return edge.hashes.length === 0 ? emptyRoot : edge.hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** The hashes one after the other, as they are stored. */
export function encodeEdge(edge: RightEdge): Uint8Array {
  return Buffer.concat(edge.hashes);
}

/** Reads a stored edge. Errors: `tlog.edge_length` unless there is exactly one hash for each 1-bit of the size. */
export function decodeEdge(size: bigint, bytes: Uint8Array): Result<RightEdge, TlogError> {
  if (size < 0n || bytes.length !== HASH_BYTES * heightsOf(size).length) return err({ code: 'tlog.edge_length' });
  const hashes = Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES));
  return areHashes(hashes) ? ok({ size, hashes }) : err({ code: 'tlog.edge_length' });
}

/** Heights of the complete subtrees of a tree, largest first: the places of the 1-bits of its size. */
function heightsOf(size: bigint): number[] {
  const heights: number[] = [];
  for (let bits = size, height = 0; bits > 0n; bits >>= 1n, height += 1) if ((bits & 1n) === 1n) heights.unshift(height);
  return heights;
}
