import { hash } from 'node:crypto';
import { assert } from '@lib/kernel';

/**
 * Makes of a pass what a session is shown: the secret of the pass stays here, and what goes over is good for `backend` alone.
 * A pass is `key.tenant.expiry.secret`, a proof `key.tenant.expiry.backend.mac`; `mac` = H(secret || H(secret || backend)), H SHA-256.
 * The database makes the same in `app.current_tenant()`. An empty pass opens nothing and stays empty.
 */
export function bindProof(pass: string, backend: string): string {
  if (pass === '') return '';
  const cut = pass.lastIndexOf('.');
  assert(cut > 0, 'a pass has four parts');
  const secret = Buffer.from(pass.slice(cut + 1), 'hex');
  const inner = hash('sha256', Buffer.concat([secret, Buffer.from(backend)]), 'buffer');
  return `${pass.slice(0, cut)}.${backend}.${hash('sha256', Buffer.concat([secret, inner]), 'hex')}`;
}
