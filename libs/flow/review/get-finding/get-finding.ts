import { alarmIdSchema, limits, type AuditDraft, type FindingDetailView, type FindingId } from '@lib/contract';
import { err, Fault, ok, type Result } from '@lib/kernel';
import { recordAudit } from '@lib/guard/audit';
import { raiseAlarm, readEvidence, type EvidenceReading } from '@lib/guard/evidence';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Caller } from '@lib/platform/http';
import { findRecorded, type RecordedFinding } from '../finding-detail.store.ts';
import type { FindingNotFound, ReviewDeps } from '../review-deps.ts';

/**
 * Shows one finding; its evidence is read back and verified for this answer. The object is read between two transactions, so that a
 * slow store holds no connection; what is answered is read in the second one, which also writes the audit event. Should a scan have
 * moved the proof in between, the new one is read. A mismatch is audited as such, raises an alarm, and is never tried again.
 * Errors: `finding.not_found`. Faults: `db.conflict` when proofs keep moving, and those of the stores.
 */
export async function getFinding(deps: ReviewDeps, caller: Caller, id: FindingId): Promise<Result<FindingDetailView, FindingNotFound>> {
  let known = await deps.tenancy.withTenantOnce(caller, 'show a finding', (tx) => findRecorded(tx, id));
  for (let attempt = 0; attempt < limits.evidenceReadAttemptsMax; attempt++) {
    if (known === undefined) return err({ code: 'finding.not_found' });
    const reading = await readEvidence(deps, known);
    const seen = known;
    known = await deps.tenancy.withTenant(caller, 'show a finding with its evidence', async (tx) => {
      const current = await findRecorded(tx, id);
      if (isSameProof(current, seen)) await recordReading(deps, tx, { seen, reading });
      return current;
    });
    if (known !== undefined && isSameProof(known, seen)) return ok(viewOf(known, reading));
  }
  throw new Fault('db.conflict', { internal: `finding \`${id}\`: its proof moved during each attempt` });
}

function isSameProof(a: RecordedFinding | undefined, b: RecordedFinding): boolean {
  return a?.ref.packId === b.ref.packId && a.ref.leafIndex === b.ref.leafIndex && a.ref.sha256 === b.ref.sha256;
}

type Read = { readonly seen: RecordedFinding; readonly reading: EvidenceReading };

// An alarm stands from the same instant as the audit event and the answer that show the mismatch.
async function recordReading(deps: ReviewDeps, tx: TenantTx, { seen, reading }: Read): Promise<void> {
  await recordAudit(tx, readingEvent(seen, reading), deps);
  if (reading.state !== 'mismatch' && reading.state !== 'missing') return;
  const place = { packId: seen.pack.id, findingId: seen.finding.id };
  await raiseAlarm(tx, { id: alarmIdSchema.parse(deps.ids.uuid()), kind: `evidence.${reading.state}`, reason: reading.reason, ...place });
}

function readingEvent({ finding, pack }: RecordedFinding, reading: EvidenceReading): AuditDraft {
  const targets = [
    { type: 'finding', id: finding.id },
    { type: 'evidence_pack', id: pack.id },
  ];
  if (reading.state === 'verified') return { action: 'evidence.read', targets, outcome: 'success' };
  if (reading.state === 'expired') return { action: 'evidence.read', targets, outcome: 'failure', detail: { state: 'expired' } };
  const action = reading.state === 'unavailable' ? 'evidence.read' : (`evidence.${reading.state}` as const);
  return { action, targets, outcome: 'failure', detail: { state: reading.state, reason: reading.reason } };
}

function viewOf({ finding, ref, pack }: RecordedFinding, reading: EvidenceReading): FindingDetailView {
  const { merkleRoot, retainUntil, objectKey, objectVersion, hold, expiredAt } = pack;
  return { ...finding, evidence: { ...ref, state: reading.state, merkleRoot, retainUntil, objectKey, objectVersion, hold, expiredAt } };
}
