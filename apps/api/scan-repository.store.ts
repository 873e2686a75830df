import { z } from 'zod';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({ repository_id: z.uuid() });

/** The repository that a scan of the tenant is of. */
export async function findScanRepository(tx: TenantTx, scanId: string): Promise<string | undefined> {
  const rows = await tx.query(sql('rim.scan-repository')`
    select repository_id from app.scan where tenant_id = ${tx.context.tenantId} and id = ${scanId}::uuid`);
  return rows[0] === undefined ? undefined : rowSchema.parse(rows[0]).repository_id;
}
