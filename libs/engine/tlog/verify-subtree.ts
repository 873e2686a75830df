import { type Result, err, ok } from '@lib/kernel';
import { areHashes, emptyRoot, nodeHash, sameHash } from './merkle-hash.ts';
import type { TlogError } from './tlog.errors.ts';
import { type InclusionClaim, verifyInclusion } from './verify-inclusion.ts';

/** A run of leaves [start, end) that is a subtree: `start` is a multiple of the power of two that covers the width. */
type Subtree = { readonly start: bigint; readonly end: bigint };
export type SubtreeInclusionClaim = Omit<InclusionClaim, 'size'> & Subtree;
export type SubtreeConsistencyClaim = Subtree & {
  readonly size: bigint;
  readonly proof: readonly Uint8Array[];
  readonly subtreeRoot: Uint8Array;
  readonly root: Uint8Array;
};

/** Checks that a leaf of the whole log stands in the subtree with this root. Errors: as `verifyInclusion`, and `tlog.subtree_invalid`. */
export function verifySubtreeInclusion(claim: SubtreeInclusionClaim): Result<void, TlogError> {
  if (!isSubtree(claim)) return err({ code: 'tlog.subtree_invalid' });
  if (claim.index < claim.start) return err({ code: 'tlog.index_out_of_range' });
  return verifyInclusion({ ...claim, index: claim.index - claim.start, size: claim.end - claim.start });
}

/**
 * Checks that the subtree is part of the tree with this size and root.
 * Source: draft-ietf-plants-merkle-tree-certs, subtree consistency proofs; with start 0 it is RFC 9162 section 2.1.4.2.
 * Errors: `tlog.tree_shrunk`, `tlog.subtree_invalid`, `tlog.hash_length`, `tlog.proof_too_long`, `tlog.proof_too_short`,
 * `tlog.first_root_mismatch` (the subtree's), `tlog.root_mismatch`.
 */
export function verifySubtreeConsistency(claim: SubtreeConsistencyClaim): Result<void, TlogError> {
  if (claim.end > claim.size) return err({ code: 'tlog.tree_shrunk' });
  if (claim.start === claim.end) return verifyEmpty(claim);
  if (!isSubtree(claim)) return err({ code: 'tlog.subtree_invalid' });
  if (claim.start === 0n && claim.end === claim.size) return verifyWhole(claim);
  if (!areHashes([claim.subtreeRoot, claim.root, ...claim.proof])) return err({ code: 'tlog.hash_length' });
  return climb(claim);
}

function verifyEmpty({ proof, subtreeRoot }: SubtreeConsistencyClaim): Result<void, TlogError> {
  if (proof.length > 0) return err({ code: 'tlog.proof_too_long' });
  return sameHash(subtreeRoot, emptyRoot) ? ok(undefined) : err({ code: 'tlog.first_root_mismatch' });
}

function verifyWhole({ proof, subtreeRoot, root }: SubtreeConsistencyClaim): Result<void, TlogError> {
  if (proof.length > 0) return err({ code: 'tlog.proof_too_long' });
  return sameHash(subtreeRoot, root) ? ok(undefined) : err({ code: 'tlog.root_mismatch' });
}

function isSubtree({ start, end }: Subtree): boolean {
  if (start < 0n || start >= end) return false;
  let cover = 1n;
  while (cover < end - start) cover <<= 1n;
  return start % cover === 0n;
}

/** Where the climb stands on its level: first and last node of the subtree, last node of the whole tree. */
type Place = { readonly first: bigint; readonly end: bigint; readonly last: bigint };

/** Walks from the right end of the subtree to the root, building both roots on the way from the same hashes. */
function climb(claim: SubtreeConsistencyClaim): Result<void, TlogError> {
  let place = startOfClimb(claim);
  const [seed, ...siblings] = place.first === place.end ? [claim.subtreeRoot, ...claim.proof] : claim.proof;
  if (seed === undefined || claim.proof.length === 0) return err({ code: 'tlog.proof_too_short' });
  let subtree = seed;
  let whole = seed;
  for (const sibling of siblings) {
    if (place.last === 0n) return err({ code: 'tlog.proof_too_long' });
    if (isRightOrAlone(place)) {
      if (place.first < place.end) subtree = nodeHash(sibling, subtree);
      whole = nodeHash(sibling, whole);
      // a last node without a sibling rises unchanged until it is a right child; `last` is not 0, so there is a 1-bit to reach
      while ((place.end & 1n) === 0n) place = rise(place);
    } else {
      whole = nodeHash(whole, sibling);
    }
    place = rise(place);
  }
  if (place.last !== 0n) return err({ code: 'tlog.proof_too_short' });
  if (!sameHash(subtree, claim.subtreeRoot)) return err({ code: 'tlog.first_root_mismatch' });
  return sameHash(whole, claim.root) ? ok(undefined) : err({ code: 'tlog.root_mismatch' });
}

// Skips the levels on which the subtree's right end is complete: the proof starts above them.
function startOfClimb({ start, end, size }: SubtreeConsistencyClaim): Place {
  let place: Place = { first: start, end: end - 1n, last: size - 1n };
  const endsWithTree = place.end === place.last;
  while (place.first !== place.end && (endsWithTree || (place.end & 1n) === 1n)) place = rise(place);
  return place;
}

function isRightOrAlone({ end, last }: Place): boolean {
  return (end & 1n) === 1n || end === last;
}

function rise({ first, end, last }: Place): Place {
  return { first: first >> 1n, end: end >> 1n, last: last >> 1n };
}
