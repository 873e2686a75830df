import { z } from 'zod';
import type { JobId } from '@lib/contract';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';
import type { LeafRow } from './audit-log.store.ts';
import { takeRun } from './take-run.ts';

const leafSchema = z.object({ idx: z.int(), hash: z.instanceof(Uint8Array), entry: z.instanceof(Uint8Array) });

/** Leaves in order from an index on, for a job that is made of the log; none when the job is not held (any more). */
export async function listJobLeaves(tx: TenantTx, job: JobId, range: { readonly from: number; readonly count: number }) {
  const rows = await tx.query(sql('audit.job-leaves')`
    select idx, hash, entry from ops.job_leaves(${job}::uuid, ${range.from}::bigint, ${range.count}::integer)`);
  return rows.map((row): LeafRow => leafSchema.parse(row));
}

/** Hashes of one level, without a gap, from an index on, under the same condition. */
export async function listJobHashes(
  tx: TenantTx,
  job: JobId,
  { level, from, count }: { readonly level: number; readonly from: number; readonly count: number },
): Promise<readonly Uint8Array[]> {
  const rows = await tx.query(sql('audit.job-hashes')`
    select idx, hash from ops.job_hashes(${job}::uuid, ${level}::integer, ${from}::bigint, ${count}::integer)`);
  return takeRun(rows, from);
}
