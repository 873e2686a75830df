import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { assert, canonicalJson } from '@lib/kernel';
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
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The context in one form: associated data here, encryption context of a remote KMS there. */
export function contextFields(context: EnvelopeContext): Record<string, string> {
  return { tenant: context.tenantId, purpose: context.purpose, object: context.objectId, version: String(context.version) };
}

/**
 * Seals bytes: magic, length and bytes of the wrapped key, key commitment, nonce, ciphertext, tag. AES-256-GCM.
 * GCM alone does not commit to its key: one ciphertext can be made to open under two. The commitment, a second value derived from
 * the data key, rules that out.
 */
export function sealEnvelope(context: EnvelopeContext, dataKey: DataKey, plain: Uint8Array): Uint8Array {
  assert(dataKey.wrapped.length <= WRAPPED_BYTES_MAX, 'a wrapped key is short');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(dataKey.wrapped.length);
  const derived = derive(context, dataKey.plain);
  const nonce = randomBytes(NONCE_BYTES);
  const head = Buffer.concat([magic, length, dataKey.wrapped, derived.commitment, nonce]);
  const cipher = createCipheriv('aes-256-gcm', derived.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(head);
  const sealed = Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  derived.key.fill(0);
  return sealed;
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
  const decipher = createDecipheriv('aes-256-gcm', derived.key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(sealed.subarray(0, cipherAt));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const start = decipher.update(sealed.subarray(cipherAt, -TAG_BYTES));
  derived.key.fill(0);
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    return undefined; // the tag does not fit: the one thing that `final` reports for GCM
  }
}

// The context goes into the derivation, so another context gives another key and another commitment.
function derive(context: EnvelopeContext, dataKey: Uint8Array): { readonly key: Buffer; readonly commitment: Buffer } {
  const info = Buffer.from(`aegis.envelope.v1\n${canonicalJson(contextFields(context))}`, 'utf8');
  const bytes = Buffer.from(hkdfSync('sha256', dataKey, Buffer.alloc(0), hkdfInfo(info), DATA_KEY_BYTES + COMMITMENT_BYTES));
  return { key: bytes.subarray(0, DATA_KEY_BYTES), commitment: bytes.subarray(DATA_KEY_BYTES) };
}

// HKDF's info is bounded (1,024 bytes in Node), a context is not: its digest stands for it.
function hkdfInfo(info: Uint8Array): Uint8Array {
  return createHash('sha256').update(info).digest();
}
