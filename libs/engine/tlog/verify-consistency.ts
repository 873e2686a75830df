import { type Result, err, ok } from '@lib/kernel';
import { sameHash } from './merkle-hash.ts';
import type { TlogError } from './tlog.errors.ts';
import { verifySubtreeConsistency } from './verify-subtree.ts';

export type ConsistencyClaim = {
  readonly firstSize: bigint;
  readonly firstRoot: Uint8Array;
  readonly secondSize: bigint;
  readonly secondRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/**
 * Checks that the second tree extends the first: nothing in the first was dropped, changed or moved.
 * An empty first tree is refused, because everything would follow from it. Source: RFC 9162 section 2.1.4.2.
 * Errors: `tlog.tree_shrunk`, `tlog.tree_empty`, `tlog.hash_length`, `tlog.proof_too_long`, `tlog.proof_too_short`,
 * `tlog.first_root_mismatch`, `tlog.root_mismatch`.
 */
export function verifyConsistency(claim: ConsistencyClaim): Result<void, TlogError> {
  if (claim.firstSize > claim.secondSize) return err({ code: 'tlog.tree_shrunk' });
  if (claim.firstSize <= 0n) return err({ code: 'tlog.tree_empty' });
  if (claim.firstSize === claim.secondSize) return verifySameTree(claim);
  return verifySubtreeConsistency({
    start: 0n,
    end: claim.firstSize,
    size: claim.secondSize,
    proof: claim.proof,
    subtreeRoot: claim.firstRoot,
    root: claim.secondRoot,
  });
}

// Nothing is hashed here, so nothing is asked of the roots but that they are the same bytes: the public vectors have it so.
function verifySameTree(claim: ConsistencyClaim): Result<void, TlogError> {
  if (claim.proof.length > 0) return err({ code: 'tlog.proof_too_long' });
  return sameHash(claim.firstRoot, claim.secondRoot) ? ok(undefined) : err({ code: 'tlog.root_mismatch' });
}
