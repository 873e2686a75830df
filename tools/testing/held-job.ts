import { randomUUID } from 'node:crypto';
import { jobIdSchema, type JobKind, type JobPayload, type TenantId } from '@lib/contract';
import type { RunningJob } from '@lib/guard/jobs';
import type { TestDatabase } from './database.ts';

/** A job that a test holds in a worker's place, started for the first time. */
export async function heldJob<K extends JobKind>(
  database: TestDatabase,
  tenantId: TenantId,
  { kind, payload }: { readonly kind: K; readonly payload: JobPayload<K> },
): Promise<RunningJob<K>> {
  const id = jobIdSchema.parse(randomUUID());
  await database.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, $3, $4, 'running', 1, now() + interval '1 hour')`,
    [tenantId, id, kind, JSON.stringify(payload)],
  );
  return { id, kind, tenantId, payload, attempt: 1, pass: database.pass(tenantId), signal: new AbortController().signal };
}
