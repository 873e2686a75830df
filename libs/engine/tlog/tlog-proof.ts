import { type Result, assert, err, ok } from '@lib/kernel';
import { decodeBase64 } from './decode-base64.ts';
import { HASH_BYTES, areHashes } from './merkle-hash.ts';
import { type OpenedCheckpoint, openCheckpoint } from './open-checkpoint.ts';
import type { TlogError } from './tlog.errors.ts';
import type { TrustPolicy } from './trust-policy.ts';
import { verifyInclusion } from './verify-inclusion.ts';

/** All that shows, without a network, that an entry is in a log. `checkpoint` is the whole signed note; `extra` proves nothing. */
export type TlogProof = {
  readonly index: bigint;
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
  readonly extra?: Uint8Array;
};

/** What a proof that holds says. */
export type ProvedEntry = { readonly index: bigint; readonly checkpoint: OpenedCheckpoint };

const HEADER = 'c2sp.org/tlog-proof@v1';
const HASHES_MAX = 63; // levels of the largest tree
const PROOF_CHARS_MAX = 1_048_576; // a checkpoint with many cosignatures, and extra data of some kilobytes

/** Writes a `.tlog-proof` file. Source: C2SP tlog-proof v1. */
export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  assert(index >= 0n && proof.length <= HASHES_MAX && areHashes(proof), 'a proof has an index and a hash for each level');
  const lines = [HEADER, ...(extra === undefined ? [] : [`extra ${base64(extra)}`]), `index ${index}`, ...proof.map(base64), ''];
  return `${lines.join('\n')}\n${checkpoint}`;
}

/** Reads a `.tlog-proof` file, strictly; the checkpoint in it is not opened. Errors: `tlog.proof_malformed`. */
export function parseTlogProof(text: string): Result<TlogProof, TlogError> {
  const cut = text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(cut, 0)).split('\n');
  if (text.length > PROOF_CHARS_MAX || cut < 0 || header !== HEADER) return err({ code: 'tlog.proof_malformed' });
  const extra = takeExtra(lines);
  const digits = /^index (0|[1-9]\d{0,18})$/u.exec(lines.shift() ?? '')?.[1];
  const proof = lines.length > HASHES_MAX ? undefined : decodeHashes(lines);
  if (extra === 'malformed' || digits === undefined || proof === undefined) return err({ code: 'tlog.proof_malformed' });
  const read = { index: BigInt(digits), proof, checkpoint: text.slice(cut + 2) };
  return ok(extra === undefined ? read : { ...read, extra });
}

/**
 * Checks a `.tlog-proof` for a leaf (`leafHash(entry)`): a log of the policy signed, enough witnesses cosigned, and the leaf stands
 * at the index. Errors: `tlog.proof_malformed`, and as `openCheckpoint` and `verifyInclusion`.
 */
export function verifyTlogProof(text: string, leaf: Uint8Array, policy: TrustPolicy): Result<ProvedEntry, TlogError> {
  const parsed = parseTlogProof(text);
  if (!parsed.ok) return parsed;
  const { index, proof } = parsed.value;
  const checkpoint = openCheckpoint(Buffer.from(parsed.value.checkpoint, 'utf8'), policy);
  if (!checkpoint.ok) return checkpoint;
  const { size, root } = checkpoint.value;
  const verdict = verifyInclusion({ index, size, leaf, proof, root });
  return verdict.ok ? ok({ index, checkpoint: checkpoint.value }) : verdict;
}

function takeExtra(lines: string[]): Uint8Array | undefined | 'malformed' {
  if (lines[0]?.startsWith('extra ') !== true) return undefined;
  return decodeBase64((lines.shift() ?? '').slice('extra '.length)) ?? 'malformed';
}

function decodeHashes(lines: readonly string[]): readonly Uint8Array[] | undefined {
  const hashes: Uint8Array[] = [];
  for (const line of lines) {
    const hash = decodeBase64(line);
    if (hash?.length !== HASH_BYTES) return undefined;
    hashes.push(hash);
  }
  return hashes;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
