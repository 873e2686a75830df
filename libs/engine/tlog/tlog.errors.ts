/** Why a proof, an edge, a note, a key or a checkpoint was refused. Stable: users of the verifier switch over it. */
export type TlogErrorCode =
  | 'tlog.index_out_of_range'
  | 'tlog.hash_length'
  | 'tlog.proof_too_long'
  | 'tlog.proof_too_short'
  | 'tlog.root_mismatch'
  | 'tlog.first_root_mismatch'
  | 'tlog.tree_shrunk'
  | 'tlog.tree_empty'
  | 'tlog.subtree_invalid'
  | 'tlog.edge_length'
  | 'tlog.key_malformed'
  | 'tlog.note_malformed'
  | 'tlog.key_unknown'
  | 'tlog.signature_invalid'
  | 'tlog.checkpoint_malformed'
  | 'tlog.origin_mismatch'
  | 'tlog.quorum_missing'
  | 'tlog.policy_malformed'
  | 'tlog.bundle_malformed'
  | 'tlog.tile_malformed'
  | 'tlog.tile_missing'
  | 'tlog.proof_malformed'
  | 'tlog.request_malformed';

export type TlogError = { readonly code: TlogErrorCode };
