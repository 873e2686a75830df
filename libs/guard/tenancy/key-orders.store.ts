import { z } from 'zod';
import { tenantIdSchema } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';

const orderSchema = z.object({ tenant_id: tenantIdSchema, key: z.enum(['records', 'evidence', 'forge']), subject: z.uuid() });

/** A key that is due to be destroyed. `subject`: the App whose key it is, else the tenant. */
export type KeyOrder = Pick<z.infer<typeof orderSchema>, 'key' | 'subject'> & { readonly tenantId: z.infer<typeof tenantIdSchema> };

/** Keys that are due, oldest order first, at most 1,000. `aegis_shredder` only: the database says which, and takes no order from anybody. */
export async function keysToDestroy(database: Database, keysMax: number): Promise<readonly KeyOrder[]> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('keys.due')`select tenant_id, key, subject from ops.keys_to_destroy(${keysMax})`),
  );
  return answer.rows.map((row) => orderSchema.parse(row)).map(({ tenant_id: tenantId, key, subject }) => ({ tenantId, key, subject }));
}

/** Notes that one is destroyed, with an event in the tenant's log; false when that was noted before. */
export async function noteKeyDestroyed(database: Database, { tenantId, key, subject }: KeyOrder): Promise<boolean> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('keys.note-destroyed')`select ops.note_key_destroyed(${tenantId}, ${key}, ${subject}) as noted`),
  );
  return z.object({ noted: z.boolean() }).parse(answer.rows[0]).noted;
}
