import { assert, type Ids } from '@lib/kernel';
import { jobIdSchema, jobSchemas, limits, type JobId, type JobKind, type JobPayload } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { insertJob } from './jobs.store.ts';

/**
 * Hands work over to another flow: a row in the caller's own transaction, so that the work exists exactly when what asked for it does.
 * One statement, so it also fits `withTenantOnce`. `dueAt`, an instant, keeps it from starting earlier, by the database's clock.
 */
export async function enqueueJob<K extends JobKind>(
  ...[tx, kind, payload, ids, dueAt]: [tx: TenantTx, kind: K, payload: JobPayload<K>, ids: Ids, dueAt?: string]
): Promise<JobId> {
  const parsed = jobSchemas[kind].parse(payload);
  assert(parsed.tenantId === tx.context.tenantId, 'a job is of the tenant whose transaction writes it');
  const text = JSON.stringify(parsed);
  assert(Buffer.byteLength(text) <= limits.jobPayloadBytesMax, 'the payload is within limits.jobPayloadBytesMax');
  const id = jobIdSchema.parse(ids.uuid());
  await insertJob(tx, { id, kind, payload: text, dueAt });
  return id;
}
