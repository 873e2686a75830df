import { forgeAppIdSchema, limits } from '@lib/contract';
import { keysToDestroy, noteKeyDestroyed, type KeyOrder } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import type { Shredder } from '@lib/platform/kms';

/** `database` is a pool of `aegis_shredder`. */
export type DestroyKeysDeps = { readonly database: Database; readonly shredder: Shredder };

/**
 * Destroys the keys that the database says are due, and notes each. Destroying twice does no harm: killed between the two, the next round
 * does it again and notes it then. Answers how many were noted. Faults: `kms.unavailable`, and those of the database.
 */
export async function destroyKeys({ database, shredder }: DestroyKeysDeps): Promise<number> {
  let noted = 0;
  for (const order of await keysToDestroy(database, limits.keysDestroyedMax)) {
    await destroy(shredder, order);
    if (await noteKeyDestroyed(database, order)) noted += 1;
  }
  return noted;
}

function destroy(shredder: Shredder, { tenantId, key, subject }: KeyOrder): Promise<void> {
  return key === 'forge'
    ? shredder.destroyForgeKey({ purpose: 'forge', tenantId, appId: forgeAppIdSchema.parse(subject) })
    : shredder.destroyTenantKey(tenantId, key);
}
