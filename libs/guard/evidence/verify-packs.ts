import { type EvidencePack, type PackId, limits } from '@lib/contract';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { listPacks } from './evidence-pack.store.ts';
import type { OpenDeps } from './open-pack.ts';
import { isWholePack } from './pack-format.ts';
import { openOrFail } from './read-evidence.ts';

/** What a check of one pack found. */
export type PackVerdict = {
  readonly pack: EvidencePack;
  readonly state: 'verified' | 'expired' | 'mismatch' | 'missing' | 'unavailable';
  /** Why, where it is not verified. */
  readonly reason: string | undefined;
};

/** What a check of all packs found; `failures` is empty when every byte is as it was sealed and kept as long as it must be. */
export type PacksVerdict = {
  readonly packs: number;
  readonly entries: number;
  readonly expired: number;
  readonly failures: readonly PackVerdict[];
};

/**
 * Re-derives every pack of a tenant from its bytes: object digest, seal, each entry's digest, the Merkle root, and compares with the
 * database; asks the store for the retention that it keeps. Packs are read one after the other, each is told to `onPack`; failures
 * listed are at most `limits.evidenceFailuresMax`, then it stops.
 */
export async function verifyPacks(
  deps: OpenDeps & { readonly tenancy: Tenancy; readonly onPack?: (verdict: PackVerdict) => Promise<void> },
  context: TenantContext,
): Promise<PacksVerdict> {
  const failures: PackVerdict[] = [];
  const counts = { packs: 0, entries: 0, expired: 0 };
  let after: PackId | undefined;
  do {
    const from = after;
    const page = await deps.tenancy.withTenant(context, 'evidence.verify', (tx) => listPacks(tx, from, limits.evidenceVerifyPage));
    for (const pack of page) {
      const verdict = pack.expiredAt === null ? await check(deps, pack) : ({ pack, state: 'expired', reason: undefined } as const);
      await deps.onPack?.(verdict);
      if (verdict.state === 'expired') counts.expired += 1;
      else if (verdict.state !== 'verified') failures.push(verdict);
      counts.packs += 1;
      counts.entries += verdict.state === 'expired' ? 0 : pack.entryCount;
    }
    after = page.length === limits.evidenceVerifyPage ? page.at(-1)?.id : undefined;
  } while (after !== undefined && failures.length < limits.evidenceFailuresMax);
  return { ...counts, failures };
}

async function check(deps: OpenDeps, pack: EvidencePack): Promise<PackVerdict> {
  const opened = await openOrFail(deps, pack);
  if (!opened.ok) return { pack, ...opened.error };
  const failed = (reason: string): PackVerdict => ({ pack, state: 'mismatch', reason });
  if (opened.value.root !== pack.merkleRoot) return failed('evidence.root_mismatch');
  if (opened.value.slots.length !== pack.entryCount) return failed('evidence.index_mismatch');
  if (!isWholePack(pack, opened.value)) return failed('evidence.entry_mismatch');
  const lock = await deps.objects.lockOf({ key: pack.objectKey, version: pack.objectVersion });
  if (!lock.ok) return failed(lock.error.code);
  if ((lock.value.retainUntilMs ?? 0) < Date.parse(pack.retainUntil)) return failed('evidence.retention_shortened');
  if (pack.hold === 'held' && !lock.value.legalHold) return failed('evidence.hold_lifted');
  return { pack, state: 'verified', reason: undefined };
}
