import { hash } from 'node:crypto';
import { assert } from '@lib/kernel';

const secretBytes = 32; // a SHA-256
const backendBytesMax = 10; // a number of 32 bits in decimal, or `*`
// Every statement of a tenant pays for this: one block instead of four small ones halves it, and nothing in between waits.
const block = Buffer.alloc(secretBytes + backendBytesMax);

/**
 * Makes of a pass what a session is shown: the secret of the pass stays here, and what goes over is good for `backend` alone.
 * A pass is `key.tenant.expiry.secret`, a proof `key.tenant.expiry.backend.mac`; `mac` = SHA-256(secret || backend),
 * one block of it, so that there is nothing to extend.
 * The database makes the same in `app.current_tenant()`. An empty pass opens nothing and stays empty.
 */
export function bindProof(pass: string, backend: string): string {
  if (pass === '') return '';
  const cut = pass.lastIndexOf('.');
  assert(cut > 0 && pass.length - cut - 1 === 2 * secretBytes, 'a pass ends with its secret');
  assert(backend.length <= backendBytesMax, 'a backend is a number');
  block.write(pass.slice(cut + 1), 'hex');
  const end = secretBytes + block.write(backend, secretBytes, 'latin1');
  const mac = hash('sha256', block.subarray(0, end), 'hex');
  block.fill(0);
  return `${pass.slice(0, cut)}.${backend}.${mac}`;
}
