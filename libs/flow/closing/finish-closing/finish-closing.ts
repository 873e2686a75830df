import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { limits, type TenantId } from '@lib/contract';
import { recordAudit } from '@lib/guard/audit';
import { cancelRest, completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { Fault, type Clock, type Ids } from '@lib/kernel';
import type { ObjectKeeper } from '@lib/platform/objects';
import { closeForGood, eraseRows, lockStanding, markErased } from '../closing.store.ts';

/** What the job uses. */
export type FinishClosingDeps = {
  readonly tenancy: Tenancy;
  readonly keeper: Pick<ObjectKeeper, 'list' | 'remove'>;
  readonly workDirectory: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Rows that go in one transaction. Default: `limits.erasedRowsMax`. */
  readonly rowsMax?: number;
};

/**
 * Makes the closing of an account final once it is due, by the database's clock, and clears away what it held. Each step commits by itself
 * and can be done again: closed; files and exports gone; rows gone, a batch at a time; written down. A worker that is killed leaves the rest
 * to the next attempt, which ends in the same state. One that was kept stays as it is; a job that comes too early comes again.
 * Keys are not this process's to destroy. Faults: `closing.unfinished`, and those of the store; the job is tried again.
 */
export async function finishClosing(deps: FinishClosingDeps, job: RunningJob<'tenant.close'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  if (!(await close(deps, context, job))) return;
  const objects = await removeFiles(deps, job);
  const rows = await erase(deps, context, job.signal);
  await deps.tenancy.withTenant(context, 'tenant.close', async (tx) => {
    if (!(await lockStanding(tx)).erased) {
      const detail = { rows, objects, evidencePacks: await markErased(tx) };
      await recordAudit(tx, { action: 'tenant.erased', targets: targetsOf(job.tenantId), outcome: 'success', detail }, deps);
    }
    await completeJob(tx, job);
  });
}

/** Answers whether the account is closed and there may be something to clear away; else the job has ended. */
function close(deps: FinishClosingDeps, context: TenantContext, job: RunningJob<'tenant.close'>): Promise<boolean> {
  return deps.tenancy.withTenant(context, 'tenant.close', async (tx) => {
    const standing = await lockStanding(tx);
    if (standing.state === 'closed') return true;
    if (standing.state === 'closing' && !standing.early) {
      await closeForGood(tx);
      await cancelRest(tx, job);
      await recordAudit(tx, { action: 'tenant.closed', targets: targetsOf(job.tenantId), outcome: 'success' }, deps);
      return true;
    }
    if (standing.closesAt !== null) await enqueueJob(tx, 'tenant.close', job.payload, deps.ids, standing.closesAt);
    await completeJob(tx, job);
    return false;
  });
}

function targetsOf(tenantId: TenantId) {
  return [{ type: 'tenant', id: tenantId }];
}

async function erase(deps: FinishClosingDeps, context: TenantContext, signal: AbortSignal): Promise<number> {
  let erased = 0;
  for (let round = 0; round < limits.erasedRoundsMax; round += 1) {
    signal.throwIfAborted();
    const rows = await deps.tenancy.withTenant(context, 'tenant.close', (tx) => eraseRows(tx, deps.rowsMax ?? limits.erasedRowsMax));
    if (rows === 0) return erased;
    erased += rows;
  }
  throw new Fault('closing.unfinished', { internal: `${String(erased)} rows are gone, and there are more` });
}

/** Uploads, trees and exports. Evidence is not among them: it lies elsewhere, under its own dates. Answers how many objects there were. */
async function removeFiles({ keeper, workDirectory }: FinishClosingDeps, job: RunningJob<'tenant.close'>): Promise<number> {
  await rm(join(workDirectory, job.tenantId), { recursive: true, force: true });
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await keeper.list({ prefix: `audit-exports/${job.tenantId}/`, cursor, itemsMax: limits.objectListMax });
    for (const { key, version } of page.items) {
      const removed = await keeper.remove({ key, version, sha256: '' });
      if (!removed.ok && removed.error.code !== 'objects.absent')
        throw new Fault('closing.unfinished', { internal: `\`${key}\`: ${removed.error.code}` });
      count += 1;
      job.signal.throwIfAborted();
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return count;
}
