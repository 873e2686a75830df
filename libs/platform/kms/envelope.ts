import { type KeyObject, createHash, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { assert, canonicalJson } from '@lib/kernel';
import { type GcmPlain, NONCE_BYTES, TAG_BYTES, gcmOpen, gcmSeal } from './aes-gcm.ts';
import { hkdf } from './hkdf.ts';
import type { EnvelopeContext } from './kms.ts';

/** A fresh data key: `plain` seals one object and is then forgotten, `wrapped` is stored beside it. */
export type DataKey = { readonly plain: Uint8Array; readonly wrapped: Uint8Array };

/** What stands in front of the ciphertext. */
export type EnvelopeHead = { readonly wrapped: Uint8Array; readonly body: number };

export const DATA_KEY_BYTES = 32;
const magic = Buffer.from('AEGENV01', 'latin1');
const LENGTH_BYTES = 2;
const WRAPPED_BYTES_MAX = 6_144; // a KMS ciphertext blob, at most
const COMMITMENT_BYTES = 32;

/** The context in one form: associated data here, encryption context of a remote KMS there. */
export function contextFields(context: EnvelopeContext): Record<string, string> {
  return { tenant: context.tenantId, purpose: context.purpose, object: context.objectId, version: String(context.version) };
}

/**
 * Seals bytes: magic, length and bytes of the wrapped key, key commitment, nonce, ciphertext, tag. AES-256-GCM.
 * GCM alone does not commit to its key: one ciphertext can be made to open under two, so that two readers see two proofs. The
 * commitment, a second value derived from the data key and the context, rules that out: to open otherwise is to collide HKDF-SHA-256.
 * Source: Dodis, Grubbs, Ristenpart, Woodage, "Fast Message Franking" (CRYPTO 2018); Albertini, Duong, Gueron, Kolbl, Luykx, Schmieg,
 * "How to Abuse and Fix Authenticated Encryption Without Key Commitment" (USENIX Security 2022), section 5.
 */
export function sealEnvelope(context: EnvelopeContext, dataKey: DataKey, plain: GcmPlain): Uint8Array {
  assert(dataKey.wrapped.length <= WRAPPED_BYTES_MAX, 'a wrapped key is short');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(dataKey.wrapped.length);
  const derived = derive(context, dataKey.plain);
  const nonce = randomBytes(NONCE_BYTES);
  const head = Buffer.concat([magic, length, dataKey.wrapped, derived.commitment, nonce]);
  return gcmSeal({ key: derived.key, nonce, aad: head }, head, plain);
}

/** Finds the wrapped key in front of a sealed object, or nothing when the bytes are no envelope. */
export function readEnvelopeHead(sealed: Uint8Array): EnvelopeHead | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const keyAt = magic.length + LENGTH_BYTES;
  if (bytes.length < keyAt || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const wrappedBytes = bytes.readUInt16BE(magic.length);
  const body = keyAt + wrappedBytes;
  if (wrappedBytes > WRAPPED_BYTES_MAX || bytes.length < body + COMMITMENT_BYTES + NONCE_BYTES + TAG_BYTES) return undefined;
  return { wrapped: bytes.subarray(keyAt, body), body };
}

/** Opens a sealed object with its unwrapped data key, or gives nothing: altered, moved, or not sealed under this key. */
export function openEnvelope(context: EnvelopeContext, dataKey: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const head = readEnvelopeHead(sealed);
  if (head === undefined || dataKey.length !== DATA_KEY_BYTES) return undefined;
  const derived = derive(context, dataKey);
  const cipherAt = head.body + COMMITMENT_BYTES + NONCE_BYTES;
  if (!timingSafeEqual(derived.commitment, sealed.subarray(head.body, head.body + COMMITMENT_BYTES))) return undefined;
  const nonce = sealed.subarray(head.body + COMMITMENT_BYTES, cipherAt);
  return gcmOpen({ key: derived.key, nonce, aad: sealed.subarray(0, cipherAt) }, sealed.subarray(cipherAt));
}

// The context goes into the derivation, so another context gives another key and another commitment.
function derive(context: EnvelopeContext, dataKey: Uint8Array): { readonly key: KeyObject; readonly commitment: Buffer } {
  const text = `aegis.envelope.v1\n${canonicalJson(contextFields(context))}`;
  // HKDF's info is bounded (1,024 bytes in Node), a context is not: its digest stands for it
  const info = createHash('sha256').update(text, 'utf8').digest();
  const bytes = hkdf({ secret: dataKey, info }, DATA_KEY_BYTES + COMMITMENT_BYTES);
  const key = createSecretKey(bytes.subarray(0, DATA_KEY_BYTES));
  bytes.fill(0, 0, DATA_KEY_BYTES);
  return { key, commitment: bytes.subarray(DATA_KEY_BYTES) };
}
