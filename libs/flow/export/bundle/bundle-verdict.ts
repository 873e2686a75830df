/** Why a bundle is refused. Stable: readers and tests switch over it. */
export type BundleFaultCode =
  | 'bundle.key_missing'
  | 'bundle.key_malformed'
  | 'bundle.key_mismatch'
  | 'bundle.checkpoint_missing'
  | 'bundle.checkpoint_malformed'
  | 'bundle.signature_invalid'
  | 'bundle.other_log'
  | 'bundle.older_checkpoint_refused'
  | 'bundle.rolled_back'
  | 'bundle.split_view'
  | 'bundle.forked'
  | 'bundle.policy_mismatch'
  | 'bundle.file_missing'
  | 'bundle.entry_altered'
  | 'bundle.entry_misplaced'
  | 'bundle.entry_missing'
  | 'bundle.entry_added'
  | 'bundle.tile_altered'
  | 'bundle.tile_malformed'
  | 'bundle.root_mismatch'
  | 'bundle.proof_invalid'
  | 'bundle.view_altered'
  | 'bundle.note_malformed'
  | 'bundle.note_mismatch';

/**
 * One thing that is wrong. `index` is the sequence number at fault, `through` the last one when it is a stretch; null where the fault
 * lies in no entry. `path` is the file that shows it.
 */
export type BundleFault = {
  readonly code: BundleFaultCode;
  readonly index: number | null;
  readonly through?: number;
  readonly path: string | null;
  readonly detail?: string;
};

/** What a check of a bundle found. `ok` exactly when `faults` is empty. */
export type BundleVerdict = {
  readonly ok: boolean;
  readonly faults: readonly BundleFault[];
  readonly origin: string | null;
  readonly size: number;
  /** Hexadecimal. */
  readonly root: string | null;
  readonly kind: 'whole' | 'filtered';
  /** Rows of a filtered export. */
  readonly matched: number | null;
  /** `bundle`: the key came with the bundle and was vouched for by nobody; the reader must compare it with one from elsewhere. */
  readonly keyFrom: 'reader' | 'bundle';
  readonly verifierKey: string | null;
  readonly checked: { readonly entries: number; readonly tiles: number; readonly proofs: number; readonly views: number };
  /** Size of the older checkpoint that this log was shown to extend. */
  readonly extends: number | null;
};
