import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { PersonalData } from '@lib/contract';
import { Fault, type Ids, canonicalJson } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { type Kms, wrapKey } from '@lib/platform/kms';
import { type SubjectKey, addDetail, addSubject, findSubject } from './personal.store.ts';

/** Where keys come from. */
export type PersonalDeps = { readonly personalKeys: Pick<Kms, 'encrypt' | 'decrypt'>; readonly ids: Ids };

/** Stands before the data in what is hashed. Units: bytes. */
export const SALT_BYTES = 32; // as long as the hash: what is short or guessable cannot be found by trying
const KEY_BYTES = 32;

/**
 * Keeps personal data beside the log, sealed under a key of its person, and answers what the leaf says of it: SHA-256 over a random salt
 * and the bytes, in hexadecimal. Runs in the transaction of the event. Faults: `audit.personal_key` when a key does not open.
 */
export async function commitPersonal(
  tx: TenantTx,
  { eventId, subject, data }: PersonalData & { readonly eventId: string },
  deps: PersonalDeps,
): Promise<string> {
  const key = (await findSubject(tx, subject)) ?? (await makeSubject(tx, subject, deps));
  const payload = Buffer.concat([randomBytes(SALT_BYTES), Buffer.from(canonicalJson(data), 'utf8')]);
  const sealed = wrapKey(await openKey(tx, key, deps), eventId, payload);
  await addDetail(tx, eventId, { subjectId: key.id, sealed });
  return sha256(payload);
}

async function makeSubject(tx: TenantTx, subject: string, deps: PersonalDeps): Promise<SubjectKey> {
  const id = deps.ids.uuid();
  const sealed = await deps.personalKeys.encrypt(contextOf(tx, id), randomBytes(KEY_BYTES));
  if (!sealed.ok) throw new Fault('audit.personal_key', { internal: `key of a person: ${sealed.error.code}` });
  const made = { id, sealedKey: sealed.value };
  if (await addSubject(tx, subject, made)) return made;
  const other = await findSubject(tx, subject);
  if (other === undefined) throw new Fault('db.conflict', { internal: 'a person was forgotten while an event of theirs was recorded' });
  return other;
}

/** The key of a person's detail. Faults: `audit.personal_key`. */
export async function openKey(tx: TenantTx, { id, sealedKey }: SubjectKey, { personalKeys }: PersonalDeps) {
  const opened = await personalKeys.decrypt(contextOf(tx, id), sealedKey);
  if (!opened.ok) throw new Fault('audit.personal_key', { internal: `key of a person: ${opened.error.code}` });
  return createSecretKey(Buffer.from(opened.value));
}

function contextOf(tx: TenantTx, id: string) {
  return { tenantId: tx.context.tenantId, purpose: 'audit-subject', objectId: id, version: 1 };
}

/** SHA-256 of the salted bytes, in hexadecimal: what the leaf says. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
