import { type Result, err, ok } from '@lib/kernel';
import { HASH_BYTES, areHashes, emptyRoot, nodeHash } from './merkle-hash.ts';
import type { TlogError } from './tlog.errors.ts';

/**
 * All that a writer must remember of a tree: its size and the roots of its complete subtrees, largest first.
 * There is one hash for each 1-bit of the size, so at most 64; appending costs O(log n) and a restart needs no rescan.
 */
export type RightEdge = { readonly size: bigint; readonly hashes: readonly Uint8Array[] };

export const emptyEdge: RightEdge = { size: 0n, hashes: [] };

/** Adds leaves (their hashes) in order. Gives a new edge; the one passed in stays as it was. */
export function appendLeaves(edge: RightEdge, leaves: readonly Uint8Array[]): RightEdge {
  const hashes = [...edge.hashes];
  let size = edge.size;
  for (const leaf of leaves) {
    let hash = leaf;
    // each trailing 1-bit of the size is a complete subtree as large as the one just finished
    for (let bits = size; (bits & 1n) === 1n; bits >>= 1n) {
      const left = hashes.pop();
      if (left !== undefined) hash = nodeHash(left, hash);
    }
    hashes.push(hash);
    size += 1n;
  }
  return { size, hashes };
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
  if (size < 0n || bytes.length !== HASH_BYTES * onesIn(size)) return err({ code: 'tlog.edge_length' });
  const hashes = Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES));
  return areHashes(hashes) ? ok({ size, hashes }) : err({ code: 'tlog.edge_length' });
}

function onesIn(size: bigint): number {
  let count = 0;
  for (let bits = size; bits > 0n; bits >>= 1n) count += Number(bits & 1n);
  return count;
}
