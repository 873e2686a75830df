import { alarmIdSchema } from '@lib/contract';
import type { Clock, Ids } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { raiseAlarm, verifyPacks, type OpenDeps, type PackVerdict, type PacksVerdict } from '@lib/guard/evidence';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';

export type VerifyDeps = OpenDeps & {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Hears of each pack as it is done. */
  readonly onPack?: (verdict: PackVerdict) => void;
};

/** Re-derives all packs of a tenant; what is altered or missing is in the audit log and an alarm before the next pack is looked at. */
export function verifyEvidence(deps: VerifyDeps, context: TenantContext): Promise<PacksVerdict> {
  const { objects, kms, tenancy } = deps;
  return verifyPacks({ objects, kms, tenancy, onPack: (verdict) => report(deps, context, verdict) }, context);
}

async function report(deps: VerifyDeps, context: TenantContext, verdict: PackVerdict): Promise<void> {
  const { pack, state, reason = 'unknown' } = verdict;
  if (state === 'mismatch' || state === 'missing') {
    const kind = `evidence.${state}` as const;
    await deps.tenancy.withTenant(context, 'evidence.verify', async (tx) => {
      const targets = [{ type: 'evidence_pack', id: pack.id }];
      await recordAudit(tx, { action: kind, targets, outcome: 'failure', detail: { state, reason } }, deps);
      await raiseAlarm(tx, { id: alarmIdSchema.parse(deps.ids.uuid()), kind, reason, packId: pack.id, findingId: undefined });
    });
  }
  deps.onPack?.(verdict);
}
