import { createHmac, hkdfSync } from 'node:crypto';

/** HKDF with SHA-256, both steps. Units: bytes. Source: RFC 5869. */
export function hkdf(input: { readonly secret: Uint8Array; readonly salt?: Uint8Array; readonly info: Uint8Array }, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', input.secret, input.salt ?? Buffer.alloc(0), input.info, bytes));
}

/** The first step alone: a key of 32 bytes. */
export function hkdfExtract(salt: Uint8Array, secret: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(secret).digest();
}

/** The second step for outputs of at most one hash, 32 bytes, which is all that HPKE asks for here. */
export function hkdfExpandShort(key: Uint8Array, info: Uint8Array, bytes: number): Buffer {
  return createHmac('sha256', key).update(info).update(Buffer.of(1)).digest().subarray(0, bytes);
}
