import { type Result, assert, err, ok } from '@lib/kernel';
import { decodeBase64 } from './decode-base64.ts';
import { HASH_BYTES, areHashes } from './merkle-hash.ts';
import { type NoteSignature, readSignatures, splitLines } from './signed-note.ts';
import type { TlogError } from './tlog.errors.ts';
import type { VerifierKey } from './verifier-key.ts';

/** What a log asks of a witness: to cosign this checkpoint (the whole note), which extends the one that it cosigned last. */
export type AddCheckpoint = { readonly oldSize: bigint; readonly proof: readonly Uint8Array[]; readonly checkpoint: string };

const HASHES_MAX = 63; // the specification's own bound

/** Body of `POST <prefix>/add-checkpoint`. Source: C2SP tlog-witness v1. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  assert(proof.length <= HASHES_MAX && areHashes(proof), 'a consistency proof has at most 63 hashes');
  return [`old ${oldSize}`, ...proof.map((hash) => Buffer.from(hash).toString('base64')), '', checkpoint].join('\n');
}

/** Reads that body, strictly; the checkpoint in it is not opened. Errors: `tlog.request_malformed`. */
export function parseAddCheckpoint(body: string): Result<AddCheckpoint, TlogError> {
  const malformed = err({ code: 'tlog.request_malformed' } as const);
  const cut = body.indexOf('\n\n');
  const lines = splitLines(body.slice(0, cut + 1));
  const [first = '', ...rest] = lines ?? [];
  const digits = /^old (0|[1-9]\d{0,18})$/u.exec(first)?.[1];
  if (cut < 0 || digits === undefined || rest.length > HASHES_MAX) return malformed;
  const proof = rest.flatMap((line) => {
    const hash = decodeBase64(line);
    return hash?.length === HASH_BYTES ? [hash] : [];
  });
  if (proof.length !== rest.length) return malformed;
  return ok({ oldSize: BigInt(digits), proof, checkpoint: body.slice(cut + 2) });
}

/**
 * The cosignatures in a witness's answer that hold for the checkpoint's text; those of unknown keys are ignored.
 * Errors: `tlog.note_malformed`, `tlog.signature_invalid`, `tlog.key_unknown` when no listed witness is among them.
 */
export function readCosignatures(
  answer: string,
  text: string,
  witnesses: readonly VerifierKey[],
): Result<readonly NoteSignature[], TlogError> {
  const lines = splitLines(answer);
  if (lines === undefined) return err({ code: 'tlog.note_malformed' });
  const signatures = readSignatures(text, lines, witnesses);
  if (!signatures.ok) return signatures;
  const cosignatures = signatures.value.filter(({ key }) => key.kind !== 'note');
  return cosignatures.length === 0 ? err({ code: 'tlog.key_unknown' }) : ok(cosignatures);
}

/** The size that a witness names when it answers 409: that of the checkpoint it cosigned last. Errors: `tlog.request_malformed`. */
export function parseWitnessSize(answer: string): Result<bigint, TlogError> {
  const digits = /^(0|[1-9]\d{0,18})\n$/u.exec(answer)?.[1];
  return digits === undefined ? err({ code: 'tlog.request_malformed' }) : ok(BigInt(digits));
}
