import type { ScanId } from '@lib/contract';
import type { AuditDeps } from '@lib/guard/audit';
import { enqueueJob } from '@lib/guard/jobs';
import type { TenantTx } from '@lib/guard/tenancy';
import { findTold } from './scan-life.store.ts';

/** Has whoever waits for a scan outside told how it stands, once the transaction commits. */
export async function tellForge(deps: AuditDeps, tx: TenantTx, scanId: ScanId): Promise<void> {
  for (const told of await findTold(tx, scanId)) {
    await enqueueJob(tx, 'forge.report', { tenantId: tx.context.tenantId, scanId: told }, deps.ids);
  }
}
