import { type Result, err, ok } from '@lib/kernel';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { type NoteSignature, readNote } from './signed-note.ts';
import type { TlogError } from './tlog.errors.ts';
import { type TrustPolicy, hasQuorum } from './trust-policy.ts';

/** A checkpoint that a policy accepts, and the witnesses that signed it. */
export type OpenedCheckpoint = Checkpoint & { readonly text: string; readonly cosignatures: readonly NoteSignature[] };

/**
 * Opens a checkpoint: signed by a log of the policy whose name is the origin, and by enough of its witnesses.
 * Errors: as `readNote` and `parseCheckpoint`, and `tlog.origin_mismatch`, `tlog.quorum_missing`.
 */
export function openCheckpoint(note: Uint8Array, policy: TrustPolicy): Result<OpenedCheckpoint, TlogError> {
  const opened = readNote(note, [...policy.logs, ...policy.witnesses]);
  if (!opened.ok) return opened;
  const { text, signatures } = opened.value;
  const byLog = signatures.filter(({ key }) => key.kind === 'note');
  if (byLog.length === 0) return err({ code: 'tlog.key_unknown' });
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint.ok) return checkpoint;
  if (!byLog.some(({ key }) => key.name === checkpoint.value.origin)) return err({ code: 'tlog.origin_mismatch' });
  const cosignatures = signatures.filter(({ key }) => key.kind !== 'note');
  const signed = cosignatures.map(({ key }) => key);
  return hasQuorum(policy.quorum, signed) ? ok({ ...checkpoint.value, text, cosignatures }) : err({ code: 'tlog.quorum_missing' });
}
