import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const iterationCount = 4096; // the server's own default; the passwords are random, so a slower hash would protect nothing

/**
 * What the server keeps of a password, made here so that the password never travels in a statement or lands in the server's log.
 * Passwords must be ASCII (ours are random base64url), because SASLprep is left out. Source: RFC 5803.
 */
export function scramVerifier(password: string, salt: Uint8Array = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterationCount, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${String(iterationCount)}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
