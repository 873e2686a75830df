import { type Hash, type KeyObject, createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '@lib/kernel';

/** Units: bytes. The one nonce length and the one tag length that this product uses. Source: NIST SP 800-38D, 5.2.1.1. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** Key, nonce and associated data of one AES-256-GCM message. A nonce MUST NOT come twice under one key. */
export type GcmMessage = { readonly key: KeyObject; readonly nonce: Uint8Array; readonly aad: Uint8Array };

// What is encrypted is moved while the cache still holds it: a second pass over megabytes costs as much as AES.
const CHUNK_BYTES = 262_144;

/** What is encrypted, in parts that are taken one after the other, once; a part may be made when it is asked for. */
export type GcmPlain = {
  readonly bytesMax: number;
  readonly parts: Iterable<Uint8Array>;
  /** Is given the result in pieces, each while the cache still holds it. */
  readonly hash?: Hash;
};

/** Encrypts: `before` as it is, ciphertext of the parts one after the other, tag, in one piece. Parts are never joined in the clear. */
export function gcmSeal({ key, nonce, aad }: GcmMessage, before: Uint8Array, { bytesMax, parts, hash }: GcmPlain): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const sealed = Buffer.allocUnsafe(before.length + bytesMax + TAG_BYTES);
  let at = 0;
  const put = (piece: Uint8Array): void => {
    hash?.update(piece);
    sealed.set(piece, at);
    at += piece.length;
  };
  put(before);
  for (const chunk of chunksOf(parts, Math.min(CHUNK_BYTES, bytesMax))) {
    assert(at + chunk.length + TAG_BYTES <= sealed.length, 'parts are no longer than their bound');
    put(cipher.update(chunk));
  }
  cipher.final(); // of GCM it is empty
  put(cipher.getAuthTag());
  return sealed.subarray(0, at);
}

/** The same bytes in pieces of one size; small parts are gathered in one room, which is wiped, so a chunk holds until the next. */
function* chunksOf(parts: Iterable<Uint8Array>, chunkBytes: number): Generator<Uint8Array> {
  const room = Buffer.allocUnsafeSlow(chunkBytes);
  let used = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length;) {
      const taken = Math.min(part.length - from, chunkBytes - used);
      room.set(taken === part.length ? part : part.subarray(from, from + taken), used);
      [from, used] = [from + taken, used + taken];
      if (used < chunkBytes) continue;
      yield room;
      used = 0;
    }
  }
  if (used > 0) yield room.subarray(0, used);
  room.fill(0);
}

/** Decrypts ciphertext and tag, or gives nothing: other bytes, other associated data, another key. */
export function gcmOpen({ key, nonce, aad }: GcmMessage, sealed: Uint8Array): Buffer | undefined {
  if (nonce.length !== NONCE_BYTES || sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return undefined; // the tag does not fit: the one thing that `final` reports for GCM
  }
}
