import { type Result, err, ok } from '@lib/kernel';
import { areHashes, nodeHash, sameHash } from './merkle-hash.ts';
import type { TlogError } from './tlog.errors.ts';

export type InclusionClaim = {
  readonly index: bigint;
  readonly size: bigint;
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
};

/**
 * Checks that a leaf stands at an index of the tree with this size and root.
 * Sizes are bigint, because `>>` on numbers works on 32 bits. Source: RFC 9162 section 2.1.3.2.
 * Errors: `tlog.index_out_of_range`, `tlog.hash_length`, `tlog.proof_too_long`, `tlog.proof_too_short`, `tlog.root_mismatch`.
 */
export function verifyInclusion(claim: InclusionClaim): Result<void, TlogError> {
  if (claim.index < 0n || claim.index >= claim.size) return err({ code: 'tlog.index_out_of_range' });
  if (!areHashes([claim.leaf, claim.root, ...claim.proof])) return err({ code: 'tlog.hash_length' });
  let node = claim.index; // place of the node on its level
  let last = claim.size - 1n; // place of the last node on that level
  let hash = claim.leaf;
  for (const sibling of claim.proof) {
    if (last === 0n) return err({ code: 'tlog.proof_too_long' });
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      // a last node without a sibling rises unchanged until it is a right child; `last` is not 0, so there is a 1-bit to reach
      for (; (node & 1n) === 0n; node >>= 1n) last >>= 1n;
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) return err({ code: 'tlog.proof_too_short' });
  return sameHash(hash, claim.root) ? ok(undefined) : err({ code: 'tlog.root_mismatch' });
}
