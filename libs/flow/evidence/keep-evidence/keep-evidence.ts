import type { EvidencePack } from '@lib/contract';
import { Fault, type Ids } from '@lib/kernel';
import { confirmKept, lockScanPacks } from '@lib/guard/evidence';
import { completeJob, enqueueJob, type RunningJob } from '@lib/guard/jobs';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import type { ObjectKeeper, ObjectLock } from '@lib/platform/objects';

export type KeepDeps = { readonly tenancy: Tenancy; readonly keeper: ObjectKeeper; readonly ids: Ids };

/**
 * Makes the object store follow what the tenant wants of a scan's evidence, and writes down what the store then says. May run twice
 * or late: it reads the wish anew, and asks the store at the end.
 * Faults: `evidence.not_kept` when the store says otherwise (the object is gone or altered), and the store's; the job is tried again.
 */
export async function keepEvidence(deps: KeepDeps, job: RunningJob<'evidence.keep'>): Promise<void> {
  const context: TenantContext = { tenantId: job.tenantId, actor: { type: 'worker', id: job.id }, pass: job.pass };
  const packs = await deps.tenancy.withTenant(context, 'evidence.keep', (tx) => lockScanPacks(tx, job.payload.scanId));
  const kept: { readonly pack: EvidencePack; readonly lock: ObjectLock }[] = [];
  for (const pack of packs.filter((one) => one.expiredAt === null)) {
    kept.push({ pack, lock: await keepPack(deps.keeper, pack) });
    job.signal.throwIfAborted();
  }
  await deps.tenancy.withTenant(context, 'evidence.keep', async (tx) => {
    for (const { pack, lock } of kept) {
      const retainUntil = new Date(lock.retainUntilMs ?? 0).toISOString();
      await confirmKept(tx, pack.id, { retainUntil, held: lock.legalHold });
    }
    // a hold that has gone may have kept what was due
    await enqueueJob(tx, 'evidence.expire', job.payload, deps.ids, firstDate(await lockScanPacks(tx, job.payload.scanId)));
    await completeJob(tx, job);
  });
}

async function keepPack(keeper: ObjectKeeper, pack: EvidencePack): Promise<ObjectLock> {
  const ref = { key: pack.objectKey, version: pack.objectVersion, sha256: pack.sha256 };
  const held = pack.hold === 'placing' || pack.hold === 'held';
  const changed = await keeper.holdLegally(ref, held);
  if (!changed.ok) throw notKept(pack, changed.error.code);
  if (pack.retainWanted !== null) {
    const extended = await keeper.extendRetention(ref, Date.parse(pack.retainWanted));
    // someone had moved it further already
    if (!extended.ok && extended.error.code !== 'objects.retention_shortened') throw notKept(pack, extended.error.code);
  }
  const lock = await keeper.lockOf(ref);
  if (!lock.ok) throw notKept(pack, lock.error.code);
  if (lock.value.legalHold !== held || (lock.value.retainUntilMs ?? 0) < Date.parse(pack.retainWanted ?? pack.retainUntil)) {
    throw notKept(pack, 'the store says otherwise');
  }
  return lock.value;
}

function firstDate(packs: readonly EvidencePack[]): string | undefined {
  return packs
    .filter((pack) => pack.expiredAt === null)
    .map((pack) => pack.retainUntil)
    .toSorted()[0];
}

function notKept(pack: EvidencePack, why: string): Fault {
  return new Fault('evidence.not_kept', { internal: `pack \`${pack.id}\`: ${why}` });
}
