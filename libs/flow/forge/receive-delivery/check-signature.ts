import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whether a body is signed with one of the live secrets. All are tried, in constant time, so that neither the bytes nor which secret fits
 * shows. Source: GitHub, "Validating webhook deliveries"; RFC 2104; CWE-208.
 */
export function isSigned(body: Uint8Array, header: string | undefined, secrets: readonly Uint8Array[]): boolean {
  const hex = /^sha256=([0-9a-f]{64})$/u.exec(header ?? '')?.[1];
  const given = Buffer.from(hex ?? '', 'hex');
  let fits = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest();
    if (given.byteLength === expected.byteLength && timingSafeEqual(given, expected)) fits = true;
  }
  return fits;
}
