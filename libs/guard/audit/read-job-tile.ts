import type { JobId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { listJobHashes } from './job-log.store.ts';
import { readStoredTile } from './read-stored-tile.ts';

/** A tile of the log that a job is made of, by its C2SP path; nothing for a path that is none. The bytes need not be trusted. */
export function readJobTile(tx: TenantTx, job: JobId, path: string): Promise<Uint8Array | undefined> {
  return readStoredTile((level, range) => listJobHashes(tx, job, { level, ...range }))(path);
}
