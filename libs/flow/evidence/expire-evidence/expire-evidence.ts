import { limits, type EvidencePack, type PackId } from '@lib/contract';
import type { Clock, Ids } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { lockScanPacks, markExpired, markRemoved, readClockMs, scanPrefix } from '@lib/guard/evidence';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext, TenantTx } from '@lib/guard/tenancy';
import type { ObjectKeeper, ObjectRef } from '@lib/platform/objects';

export type ExpireDeps = { readonly tenancy: Tenancy; readonly keeper: ObjectKeeper; readonly clock: Clock; readonly ids: Ids };

/**
 * Sweeps what a scan sealed, once it is due. Two clocks must agree, and neither is this process's: the database decides what has
 * expired, the store refuses what it still keeps. The row says so first, in the transaction with the audit event; a crash after it
 * leaves an object that the next run removes. What interrupted attempts left under the scan's prefix goes as well.
 * Faults: those of the store; the job is tried again.
 */
export async function expireEvidence(deps: ExpireDeps, job: RunningJob<'evidence.expire'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const packs = await deps.tenancy.withTenant(context, 'evidence.expire', async (tx) => {
    await lockScanPacks(tx, job.payload.scanId);
    const expired = await markExpired(tx, job.payload.scanId);
    for (const id of expired) await recordExpiry(deps, tx, { id, scanId: job.payload.scanId });
    return lockScanPacks(tx, job.payload.scanId);
  });
  const removed: PackId[] = [];
  for (const pack of packs.filter((one) => one.expiredAt !== null && one.removedAt === null)) {
    if (await remove(deps.keeper, { key: pack.objectKey, version: pack.objectVersion, sha256: pack.sha256 })) removed.push(pack.id);
    job.signal.throwIfAborted();
  }
  const left = await removeLeftovers(deps.keeper, job, packs);
  await deps.tenancy.withTenant(context, 'evidence.expire', async (tx) => {
    await markRemoved(tx, removed);
    const dueAt = nextLook(await lockScanPacks(tx, job.payload.scanId), left, await readClockMs(tx));
    if (dueAt !== undefined) await enqueueJob(tx, 'evidence.expire', job.payload, deps.ids, dueAt);
    await completeJob(tx, job);
  });
}

function recordExpiry(deps: ExpireDeps, tx: TenantTx, of: { readonly id: PackId; readonly scanId: string }): Promise<void> {
  const targets = [
    { type: 'evidence_pack', id: of.id },
    { type: 'scan', id: of.scanId },
  ];
  return recordAudit(tx, { action: 'evidence.expired', targets, outcome: 'success' }, deps);
}

/** Whether it is gone. What the store keeps, by its own clock or under a hold that was set there, stays. */
async function remove(keeper: ObjectKeeper, ref: ObjectRef): Promise<boolean> {
  const answer = await keeper.remove(ref);
  return answer.ok || answer.error.code === 'objects.absent';
}

// Objects of attempts that were interrupted between the put and the record: no row names them. Answers whether some are still kept.
async function removeLeftovers(keeper: ObjectKeeper, job: RunningJob<'evidence.expire'>, packs: readonly EvidencePack[]): Promise<boolean> {
  const named = new Set(packs.map((pack) => pack.objectKey));
  let left = false;
  let cursor: string | undefined;
  do {
    const page = await keeper.list({
      prefix: scanPrefix({ tenantId: job.tenantId, scanId: job.payload.scanId }),
      cursor,
      itemsMax: limits.objectListMax,
    });
    for (const item of page.items) {
      if (named.has(item.key)) continue;
      if (!(await remove(keeper, { key: item.key, version: item.version, sha256: '' }))) left = true;
      job.signal.throwIfAborted();
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return left;
}

/** When to look again: at the next date, or after a while for what should have gone and has not. Held evidence waits for its release. */
function nextLook(packs: readonly EvidencePack[], left: boolean, nowMs: number): string | undefined {
  const again = new Date(nowMs + limits.expiryAgainMs).toISOString();
  const stuck = left || packs.some((pack) => pack.expiredAt !== null && pack.removedAt === null);
  const dates = packs
    .filter((pack) => pack.expiredAt === null && pack.hold === 'none')
    .map((pack) => later(pack.retainUntil, again, nowMs));
  return [...dates, ...(stuck ? [again] : [])].toSorted()[0];
}

// A date that has passed waits for a wish that the store has not confirmed yet.
function later(retainUntil: string, again: string, nowMs: number): string {
  return Date.parse(retainUntil) > nowMs ? retainUntil : again;
}
