import type { KeptEvidence, holdEvidence as route } from '@lib/contract';
import { type Result } from '@lib/kernel';
import { lockScanPacks, wantHold } from '@lib/guard/evidence';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import { changeKeeping } from '../change-keeping.ts';
import type { EvidenceDeps, EvidenceNone, ScanNotFound } from '../evidence-deps.ts';

/**
 * Puts all evidence of a scan under legal hold. From the moment of the answer nothing of it expires; that the object store itself
 * refuses removal is so when `hold` says `held`. Errors: `scan.not_found`, `evidence.none`.
 */
export function holdEvidence(
  deps: Pick<EvidenceDeps, 'tenancy' | 'clock' | 'ids'>,
  { caller, params, body, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'body' | 'slot'>,
): Promise<Result<KeptEvidence, ScanNotFound | EvidenceNone>> {
  const { scanId } = params;
  return deps.tenancy.withTenant(caller, 'hold evidence', async (tx) => {
    const held = await changeKeeping<EvidenceNone>(deps, tx, {
      scanId,
      action: 'evidence.held',
      detail: { reason: body.reason.slice(0, auditCharsMax) },
      // a second hold keeps the first one's reason, and is in the log all the same
      write: async () => {
        await wantHold(tx, scanId, body.reason);
        return (await lockScanPacks(tx, scanId)).filter((pack) => pack.expiredAt === null).map((pack) => pack.id);
      },
      none: { code: 'evidence.none' },
    });
    if (held.ok) await keepAnswer(tx, slot, { status: 202, value: held.value });
    return held;
  });
}

const auditCharsMax = 200; // one value of an audit entry's detail
