import { type KeyObject, randomBytes } from 'node:crypto';
import { NONCE_BYTES, gcmOpen, gcmSeal } from './aes-gcm.ts';

/** Wraps key material under another key, bound to what it is for: nonce, ciphertext, tag. AES-256-GCM. */
export function wrapKey(under: KeyObject, boundTo: string, material: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  return gcmSeal({ key: under, nonce, aad: Buffer.from(boundTo, 'utf8') }, nonce, { bytesMax: material.length, parts: [material] });
}

/** Gives the material back, or nothing when the bytes, the key or the binding are not those of the wrapping. */
export function unwrapKey(under: KeyObject, boundTo: string, wrapped: Uint8Array): Buffer | undefined {
  const message = { key: under, nonce: wrapped.subarray(0, NONCE_BYTES), aad: Buffer.from(boundTo, 'utf8') };
  return gcmOpen(message, wrapped.subarray(NONCE_BYTES));
}
