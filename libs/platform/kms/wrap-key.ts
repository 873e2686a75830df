import { type KeyObject, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Wraps key material under another key, bound to what it is for: nonce, ciphertext, tag. AES-256-GCM. */
export function wrapKey(under: KeyObject, boundTo: string, material: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', under, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(boundTo, 'utf8'));
  return Buffer.concat([nonce, cipher.update(material), cipher.final(), cipher.getAuthTag()]);
}

/** Gives the material back, or nothing when the bytes, the key or the binding are not those of the wrapping. */
export function unwrapKey(under: KeyObject, boundTo: string, wrapped: Uint8Array): Buffer | undefined {
  if (wrapped.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', under, wrapped.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(boundTo, 'utf8'));
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  const start = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    return undefined; // the tag does not fit
  }
}
