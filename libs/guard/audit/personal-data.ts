import { type AuditEvent, type PersonalData, personalDataSchema } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { unwrapKey } from '@lib/platform/kms';
import { type PersonalDeps, SALT_BYTES, openKey, sha256 } from './commit-personal.ts';
import { findDetail, removeSubject } from './personal.store.ts';
import { type AuditDeps, recordAudit } from './record-audit.ts';

/** `audit.personal_absent`: the event has none, or it was erased. `audit.personal_altered`: what is stored is not what the leaf commits to. */
export type PersonalError = { readonly code: 'audit.personal_absent' | 'audit.personal_altered' };

/**
 * Reads back what an event's leaf commits to, and checks that it is that. Errors: `audit.personal_absent`, `audit.personal_altered`.
 * Faults: `audit.personal_key`.
 */
export async function revealPersonal(
  tx: TenantTx,
  event: AuditEvent,
  deps: PersonalDeps,
): Promise<Result<PersonalData['data'], PersonalError>> {
  const detail = event.v !== 1 && event.commitment !== undefined ? await findDetail(tx, event.id) : undefined;
  if (detail === undefined || event.v === 1) return err({ code: 'audit.personal_absent' });
  const key = await openKey(tx, { id: detail.subjectId, sealedKey: detail.sealedKey }, deps);
  const payload = unwrapKey(key, event.id, detail.sealed);
  if (payload === undefined || sha256(payload) !== event.commitment) return err({ code: 'audit.personal_altered' });
  return ok(personalOf(payload.subarray(SALT_BYTES)));
}

/**
 * Forgets a person: the key is destroyed, and what it sealed with it. Leaves stay and verify as before; nothing in them can be guessed.
 * The erasure is itself an event, which does not name the person. Answers whether there was anything to forget.
 */
export async function erasePersonal(tx: TenantTx, subject: string, deps: AuditDeps): Promise<boolean> {
  const erased = await removeSubject(tx, subject);
  await recordAudit(tx, { action: 'audit.personal_erased', targets: [], outcome: 'success', detail: { erased } }, deps);
  return erased;
}

function personalOf(bytes: Uint8Array): PersonalData['data'] {
  return personalDataSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
