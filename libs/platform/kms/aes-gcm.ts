import { type KeyObject, createCipheriv, createDecipheriv } from 'node:crypto';

/** Units: bytes. The one nonce length and the one tag length that this product uses. Source: NIST SP 800-38D, 5.2.1.1. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** Key, nonce and associated data of one AES-256-GCM message. A nonce MUST NOT come twice under one key. */
export type GcmMessage = { readonly key: KeyObject; readonly nonce: Uint8Array; readonly aad: Uint8Array };

const CHUNK_BYTES = 65_536; // what is encrypted is copied while the cache still holds it: a second pass over megabytes costs as much as AES

/** Encrypts: `before` as it is, ciphertext, tag, in one piece. */
export function gcmSeal({ key, nonce, aad }: GcmMessage, before: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const sealed = Buffer.allocUnsafe(before.length + plain.length + TAG_BYTES);
  sealed.set(before);
  for (let at = 0; at < plain.length; at += CHUNK_BYTES)
    sealed.set(cipher.update(plain.subarray(at, at + CHUNK_BYTES)), before.length + at);
  cipher.final(); // of GCM it is empty
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
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
