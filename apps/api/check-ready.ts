import { tenantIdSchema } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { noPass, type Identity, type Tenancy } from '@lib/guard/tenancy';
import { findReadOnly } from './check-ready.store.ts';

// A tenant that cannot be: the question is about the server, and no row is asked for.
const nobody = {
  tenantId: tenantIdSchema.parse('00000000-0000-0000-0000-000000000000'),
  actor: { type: 'system', id: 'readiness' },
  pass: noPass,
} as const;
const noHash = new Uint8Array(32);

/**
 * Makes the readiness check: both log-in roles get an answer, and the server takes writes.
 * Faults: `db.*`, of which `db.unavailable` for a server that is read-only.
 */
export function readinessOf(tenancy: Tenancy, identity: Identity, notes: readonly string[]): () => Promise<readonly string[]> {
  return async () => {
    const [readOnly] = await Promise.all([
      tenancy.withTenantOnce(nobody, 'tell whether we are ready', findReadOnly),
      identity.findCredential(noHash),
    ]);
    if (readOnly) throw new Fault('db.unavailable', { internal: 'the server is read-only' });
    return notes;
  };
}
