import { witnessIdSchema, type WitnessingView, type getWitnessing as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { findAuditHead, findWitnessing, recordAudit } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Shows witnesses, rule, and the newest witnessed checkpoint with its cosignatures, as one signed note. Reading it is an event. */
export async function getWitnessing(
  deps: ExportDeps,
  { caller }: Pick<Call<typeof route>, 'caller'>,
): Promise<Result<WitnessingView, never>> {
  return deps.tenancy.withTenant(caller, 'show the witnesses of the log', async (tx) => {
    const [{ witnesses, rule, witnessed }, head] = [await findWitnessing(tx), await findAuditHead(tx)];
    await recordAudit(tx, { action: 'audit.witnesses_read', targets: [], outcome: 'success' }, deps);
    return ok({
      witnesses: witnesses.map((witness) => ({ ...witness, id: witnessIdSchema.parse(witness.id) })),
      rule: rule ?? null,
      witnessed:
        witnessed === undefined ? null : { size: witnessed.size, checkpoint: `${witnessed.checkpoint}${witnessed.lines.join('')}` },
      size: head?.size ?? 0,
      pending: head?.pending ?? 0,
    });
  });
}
