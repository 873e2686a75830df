export { emptyRoot, leafHash, sameHash } from './merkle-hash.ts';
export { type RightEdge, appendLeaves, decodeEdge, edgeRoot, emptyEdge, encodeEdge } from './right-edge.ts';
export { merkleRoot, proveConsistency, proveInclusion } from './prove.ts';
export { type InclusionClaim, verifyInclusion } from './verify-inclusion.ts';
export { type ConsistencyClaim, verifyConsistency } from './verify-consistency.ts';
export {
  type SubtreeConsistencyClaim,
  type SubtreeInclusionClaim,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './verify-subtree.ts';
export { type VerifierKey, formatVerifierKey, parseVerifierKey, verifierKey } from './verifier-key.ts';
export { type NoteSigner, openNote, signNote } from './signed-note.ts';
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
export type { TlogError, TlogErrorCode } from './tlog.errors.ts';
