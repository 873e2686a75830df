import { assert } from '@lib/kernel';
import type { JobKind } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { markNamingCancelled } from './jobs.store.ts';

/** Cancels open jobs of some kinds whose payload names one of these ids. Answers how many. */
export function cancelJobsNaming(tx: TenantTx, kinds: readonly JobKind[], ids: readonly string[]): Promise<number> {
  assert(!ids.includes(tx.context.tenantId), 'the tenant is named by each of its jobs');
  return markNamingCancelled(tx, kinds, ids);
}
