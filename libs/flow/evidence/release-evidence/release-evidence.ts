import type { KeptEvidence, releaseEvidence as route } from '@lib/contract';
import { type Result } from '@lib/kernel';
import { wantRelease } from '@lib/guard/evidence';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import { changeKeeping } from '../change-keeping.ts';
import type { EvidenceDeps, EvidenceNone, ScanNotFound } from '../evidence-deps.ts';

/** The evidence is under no hold that could be lifted. */
export type NotHeld = { readonly code: 'evidence.not_held' };

/** Lifts the legal hold on all evidence of a scan; its dates stay. Errors: `scan.not_found`, `evidence.none`, `evidence.not_held`. */
export function releaseEvidence(
  deps: Pick<EvidenceDeps, 'tenancy' | 'clock' | 'ids'>,
  { caller, params, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'slot'>,
): Promise<Result<KeptEvidence, ScanNotFound | EvidenceNone | NotHeld>> {
  const { scanId } = params;
  return deps.tenancy.withTenant(caller, 'release evidence', async (tx) => {
    const released = await changeKeeping<NotHeld>(deps, tx, {
      scanId,
      action: 'evidence.released',
      detail: {},
      write: () => wantRelease(tx, scanId),
      none: { code: 'evidence.not_held' },
    });
    if (released.ok) await keepAnswer(tx, slot, { status: 202, value: released.value });
    return released;
  });
}
