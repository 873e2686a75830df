import { type EvidencePack, type PackId, limits } from '@lib/contract';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { listPacks } from './evidence-pack.store.ts';
import type { OpenDeps } from './open-pack.ts';
import { isWholePack } from './pack-format.ts';
import { openOrFail } from './read-evidence.ts';

export type PackFailure = { readonly packId: PackId; readonly state: 'mismatch' | 'unavailable'; readonly reason: string };

/** What a check of all packs found; `failures` is empty when every byte is as it was sealed. */
export type PacksVerdict = { readonly packs: number; readonly entries: number; readonly failures: readonly PackFailure[] };

/**
 * Re-derives every pack of a tenant from its bytes: object digest, seal, each entry's digest, the Merkle root, and compares with the
 * database. Packs are read one after the other; failures listed are at most `limits.evidenceFailuresMax`, then it stops.
 */
export async function verifyPacks(deps: OpenDeps & { readonly tenancy: Tenancy }, context: TenantContext): Promise<PacksVerdict> {
  const failures: PackFailure[] = [];
  let packs = 0;
  let entries = 0;
  let after: PackId | undefined;
  do {
    const from = after;
    const page = await deps.tenancy.withTenant(context, 'evidence.verify', (tx) => listPacks(tx, from, limits.evidenceVerifyPage));
    for (const pack of page) {
      const failure = await check(deps, pack);
      if (failure !== undefined) failures.push(failure);
      packs += 1;
      entries += pack.entryCount;
    }
    after = page.length === limits.evidenceVerifyPage ? page.at(-1)?.id : undefined;
  } while (after !== undefined && failures.length < limits.evidenceFailuresMax);
  return { packs, entries, failures };
}

async function check(deps: OpenDeps, pack: EvidencePack): Promise<PackFailure | undefined> {
  const opened = await openOrFail(deps, pack);
  if (!opened.ok) return { packId: pack.id, ...opened.error };
  const failed = (reason: string): PackFailure => ({ packId: pack.id, state: 'mismatch', reason });
  if (opened.value.root !== pack.merkleRoot) return failed('evidence.root_mismatch');
  if (opened.value.slots.length !== pack.entryCount) return failed('evidence.index_mismatch');
  return isWholePack(pack, opened.value) ? undefined : failed('evidence.entry_mismatch');
}
