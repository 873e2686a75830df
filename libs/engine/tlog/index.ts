export { emptyRoot, leafHash, sameHash } from './merkle-hash.ts';
export { type RightEdge, type TileNode, appendLeaves, decodeEdge, edgeRoot, emptyEdge, encodeEdge, growTree } from './right-edge.ts';
export { merkleRoot, proveConsistency, proveInclusion } from './prove.ts';
export { type InclusionClaim, verifyInclusion } from './verify-inclusion.ts';
export { type ConsistencyClaim, verifyConsistency } from './verify-consistency.ts';
export {
  type SubtreeConsistencyClaim,
  type SubtreeInclusionClaim,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
} from './verify-subtree.ts';
export { type KeyKind, type VerifierKey, formatVerifierKey, parseVerifierKey, verifierKey } from './verifier-key.ts';
export { type NoteSignature, type NoteSigner, type SignedNote, cosignNote, openNote, readNote, signNote } from './signed-note.ts';
export { type Quorum, type TrustPolicy, formatTrustPolicy, parseTrustPolicy } from './trust-policy.ts';
export { type OpenedCheckpoint, openCheckpoint } from './open-checkpoint.ts';
export { type ProvedEntry, type TlogProof, formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.ts';
export { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint, parseWitnessSize, readCosignatures } from './witness-messages.ts';
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
export { TILE_WIDTH, entryBundlePath, tilePath } from './tile-path.ts';
export { decodeEntryBundle, encodeEntryBundle } from './entry-bundle.ts';
export { tileOfBundle } from './tile-of-bundle.ts';
export { type Tile, type TileWriter, type TreeEnd, tileWriter } from './tile-writer.ts';
export {
  type ConsistencyProof,
  type InclusionProof,
  type ReadTile,
  type TiledTree,
  proveConsistencyByTiles,
  proveInclusionByTiles,
} from './prove-by-tiles.ts';
export type { TlogError, TlogErrorCode } from './tlog.errors.ts';
