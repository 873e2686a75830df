import { type KeyObject, createCipheriv, createDecipheriv } from 'node:crypto';

/** Units: bytes. The one nonce length and the one tag length that this product uses. Source: NIST SP 800-38D, 5.2.1.1. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** Key, nonce and associated data of one AES-256-GCM message. A nonce MUST NOT come twice under one key. */
export type GcmMessage = { readonly key: KeyObject; readonly nonce: Uint8Array; readonly aad: Uint8Array };

/** Encrypts: ciphertext and tag, as the parts to be concatenated. */
export function gcmSeal({ key, nonce, aad }: GcmMessage, plain: Uint8Array): readonly Uint8Array[] {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
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
