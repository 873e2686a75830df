import type { ExportId } from '@lib/contract';
import type { Ids } from '@lib/kernel';
import { enqueueJob } from '@lib/guard/jobs';
import type { TenantTx } from '@lib/guard/tenancy';
import { failExport } from './export.store.ts';

/** Ends an export that its job gave up, and has what it stored cleared away; in the transaction that gives the job up. */
export async function giveUpExport(
  deps: { readonly ids: Ids },
  tx: TenantTx,
  of: { readonly exportId: ExportId; readonly errorCode: string },
): Promise<void> {
  const { exportId } = of;
  await failExport(tx, exportId, of.errorCode);
  await enqueueJob(tx, 'export.expire', { tenantId: tx.context.tenantId, exportId }, deps.ids);
}
