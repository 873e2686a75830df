import { type Result, assert, err, ok, present } from '@lib/kernel';
import { emptyRoot, nodeHash } from './merkle-hash.ts';
import type { TlogError } from './tlog.errors.ts';

type Hashes = readonly Uint8Array[];
type Range = { readonly from: number; readonly to: number };

/** Root over leaf hashes held in memory. For a growing log use the right edge. */
export function merkleRoot(leaves: Hashes): Uint8Array {
  return leaves.length === 0 ? emptyRoot : rootOf(leaves, { from: 0, to: leaves.length });
}

/**
 * The hashes that lead from one leaf to the root, nearest first. Needs every leaf hash: for packs and tests, not for long logs.
 * Errors: `tlog.index_out_of_range`. Source: RFC 9162 section 2.1.3.1.
 */
export function proveInclusion(index: number, leaves: Hashes): Result<Hashes, TlogError> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) return err({ code: 'tlog.index_out_of_range' });
  let range: Range = { from: 0, to: leaves.length };
  const path: Uint8Array[] = [];
  while (range.to - range.from > 1) {
    const middle = middleOf(range);
    const inLeft = index < middle;
    path.push(rootOf(leaves, inLeft ? { from: middle, to: range.to } : { from: range.from, to: middle }));
    range = inLeft ? { from: range.from, to: middle } : { from: middle, to: range.to };
  }
  return ok(path.toReversed());
}

/**
 * The hashes that show that the tree over all leaves extends the tree over the first `size` of them.
 * Errors: `tlog.tree_empty` (nothing follows from an empty tree), `tlog.tree_shrunk`. Source: RFC 9162 section 2.1.4.1.
 */
export function proveConsistency(size: number, leaves: Hashes): Result<Hashes, TlogError> {
  if (!Number.isSafeInteger(size) || size < 1) return err({ code: 'tlog.tree_empty' });
  if (size > leaves.length) return err({ code: 'tlog.tree_shrunk' });
  let range: Range = { from: 0, to: leaves.length };
  const path: Uint8Array[] = [];
  while (range.to !== size) {
    const middle = middleOf(range);
    const inLeft = size <= middle;
    path.push(rootOf(leaves, inLeft ? { from: middle, to: range.to } : { from: range.from, to: middle }));
    range = inLeft ? { from: range.from, to: middle } : { from: middle, to: range.to };
  }
  // the verifier knows the old root already when the old tree is one complete subtree of the new one
  if (range.from !== 0) path.push(rootOf(leaves, range));
  return ok(path.toReversed());
}

function rootOf(leaves: Hashes, range: Range): Uint8Array {
  assert(range.from < range.to, 'a range holds a leaf');
  if (range.to - range.from === 1) return present(leaves[range.from], 'leaf in range');
  const middle = middleOf(range);
  return nodeHash(rootOf(leaves, { from: range.from, to: middle }), rootOf(leaves, { from: middle, to: range.to }));
}

// the largest power of two smaller than the width, from the left
function middleOf({ from, to }: Range): number {
  let width = 1;
  while (width * 2 < to - from) width *= 2;
  return from + width;
}
