import { z } from 'zod';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const stateSchema = z.object({ read_only: z.boolean() });

/** Whether the server that answers takes no writes: a standby, or one that an operator froze. */
export async function findReadOnly(tx: TenantTx): Promise<boolean> {
  const rows = await tx.query(sql('ready.read-only')`
    select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only`);
  return stateSchema.parse(rows[0]).read_only;
}
