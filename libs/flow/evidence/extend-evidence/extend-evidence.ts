import { limits, type KeptEvidence, type extendEvidence as route } from '@lib/contract';
import { err, type Result } from '@lib/kernel';
import { readClockMs, wantRetention } from '@lib/guard/evidence';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import { changeKeeping } from '../change-keeping.ts';
import type { EvidenceDeps, EvidenceNone, ScanNotFound } from '../evidence-deps.ts';

/** The date lies in the past or beyond `limits.retentionMsMax`, or is no later than what is kept already. */
export type RetentionRefused = { readonly code: 'evidence.retention_invalid' | 'evidence.retention_shortened' };

/**
 * Keeps all evidence of a scan at least until a date. Packs that are kept longer already stay so.
 * Errors: `scan.not_found`, `evidence.none`, `evidence.retention_invalid`, `evidence.retention_shortened`.
 */
export function extendEvidence(
  deps: Pick<EvidenceDeps, 'tenancy' | 'clock' | 'ids'>,
  { caller, params, body, slot }: Pick<Call<typeof route>, 'caller' | 'params' | 'body' | 'slot'>,
): Promise<Result<KeptEvidence, ScanNotFound | EvidenceNone | RetentionRefused>> {
  const { scanId } = params;
  const { retainUntil } = body;
  return deps.tenancy.withTenant(caller, 'extend retention', async (tx) => {
    const nowMs = await readClockMs(tx);
    const untilMs = Date.parse(retainUntil);
    if (!(untilMs > nowMs && untilMs <= nowMs + limits.retentionMsMax)) return err({ code: 'evidence.retention_invalid' });
    const extended = await changeKeeping<RetentionRefused>(deps, tx, {
      scanId,
      action: 'evidence.retention_extended',
      detail: { retainUntil },
      write: () => wantRetention(tx, scanId, retainUntil),
      none: { code: 'evidence.retention_shortened' },
    });
    if (extended.ok) await keepAnswer(tx, slot, { status: 202, value: extended.value });
    return extended;
  });
}
