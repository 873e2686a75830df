import { createHash, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

const scryptPrefix = 'scrypt$';

/** `scrypt$salt$hash`; accounts imported from the old desktop product still carry a bare digest. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16).toString('hex');
  return `${scryptPrefix}${salt}$${scryptSync(password, salt, 32).toString('hex')}`;
}

export function passwordMatches(password: string, stored: string): boolean {
  if (!stored.startsWith(scryptPrefix)) return sameDigest(legacyDigest(password), stored);
  const [, salt = '', expected = ''] = stored.split('$');
  return sameDigest(scryptSync(password, salt, 32).toString('hex'), expected);
}

function legacyDigest(password: string): string {
  return createHash('md5').update(password).digest('hex');
}

function sameDigest(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
