import { type Result, err, ok } from '@lib/kernel';
import {
  type RightEdge,
  type TlogErrorCode,
  type VerifierKey,
  decodeEdge,
  edgeRoot,
  openNote,
  parseCheckpoint,
  sameHash,
} from '@lib/engine/tlog';

/** A tree as it is stored. */
export type TreeRow = { readonly size: number; readonly edge: Uint8Array; readonly root: Uint8Array; readonly checkpoint: string };

export type TreeFault =
  TlogErrorCode | 'audit.origin_mismatch' | 'audit.size_mismatch' | 'audit.checkpoint_root_mismatch' | 'audit.edge_mismatch';

/**
 * Checks that size, edge, root and checkpoint of a stored tree say the same, under the log's own signature.
 * Nothing is built on a head that fails this: to extend it would be to sign for whatever was written into the row.
 */
export function openTreeHead(tree: TreeRow, key: VerifierKey): Result<RightEdge, { readonly code: TreeFault }> {
  const text = openNote(Buffer.from(tree.checkpoint, 'utf8'), [key]);
  if (!text.ok) return text;
  const checkpoint = parseCheckpoint(text.value);
  if (!checkpoint.ok) return checkpoint;
  if (checkpoint.value.origin !== key.name) return err({ code: 'audit.origin_mismatch' });
  if (checkpoint.value.size !== BigInt(tree.size)) return err({ code: 'audit.size_mismatch' });
  if (!sameHash(checkpoint.value.root, tree.root)) return err({ code: 'audit.checkpoint_root_mismatch' });
  const edge = decodeEdge(BigInt(tree.size), tree.edge);
  if (!edge.ok) return edge;
  return sameHash(edgeRoot(edge.value), tree.root) ? ok(edge.value) : err({ code: 'audit.edge_mismatch' });
}
