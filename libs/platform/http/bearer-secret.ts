import { hash, randomBytes } from 'node:crypto';

const secretPattern = /^aegis_[A-Za-z0-9_-]{43}$/u;

/** Makes a bearer secret: 256 random bits behind a prefix that secret scanners can find. Shown once, kept nowhere. */
export function makeSecret(): string {
  return `aegis_${randomBytes(32).toString('base64url')}`;
}

/** SHA-256 of a secret, which is all that is stored. The secret has full entropy, so a slow hash would add nothing. */
export function hashSecret(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

/** Whether a text has the shape of one of our secrets; anything else is refused without a look-up. */
export function isSecret(text: string): boolean {
  return secretPattern.test(text);
}
