import { limits } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import { parseVerifierKey } from '@lib/engine/tlog';
import type { TenantTx } from '@lib/guard/tenancy';
import { type AuditDeps, recordAudit } from './record-audit.ts';
import {
  type CosignedCheckpoint,
  type WitnessRow,
  type WitnessSetting,
  askWitnessesSoon,
  deleteWitness,
  deleteWitnessSetting,
  findCosigned,
  findWitnessSetting,
  insertWitness,
  listWitnesses,
  saveWitnessSetting,
} from './witness.store.ts';

/** A witness that a tenant wants: its key line, and its submission prefix, which is HTTPS. */
export type WitnessDraft = { readonly verifierKey: string; readonly url: string };

export type WitnessError = {
  readonly code:
    | 'audit.witness_key_invalid'
    | 'audit.witness_url_invalid'
    | 'audit.witness_exists'
    | 'audit.witnesses_full'
    | 'audit.witness_needed'
    | 'audit.witness_not_found';
};

/**
 * Adds a witness to the tenant's log, and asks it soon. The event is in the log, in the same transaction.
 * Errors: `audit.witness_key_invalid`, `audit.witness_url_invalid`, `audit.witness_exists`, `audit.witnesses_full`.
 */
export async function addWitness(
  tx: TenantTx,
  draft: WitnessDraft,
  deps: AuditDeps,
): Promise<Result<{ readonly id: string }, WitnessError>> {
  const key = parseVerifierKey(draft.verifierKey);
  if (!key.ok || key.value.kind === 'note') return err({ code: 'audit.witness_key_invalid' });
  const url = URL.parse(draft.url);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || draft.url.length > 500)
    return err({ code: 'audit.witness_url_invalid' });
  const known = await listWitnesses(tx);
  if (known.some(({ verifierKey }) => verifierKey === draft.verifierKey)) return err({ code: 'audit.witness_exists' });
  if (known.length >= limits.auditWitnessesMax) return err({ code: 'audit.witnesses_full' });
  const id = deps.ids.uuid();
  const detail = { key: `${key.value.name}+${key.value.id}`.slice(0, 200), host: url.host.slice(0, 200) };
  await Promise.all([
    insertWitness(tx, { id, ...draft }),
    askWitnessesSoon(tx),
    recordAudit(tx, { action: 'audit.witness_added', targets: [{ type: 'witness', id }], outcome: 'success', detail }, deps),
  ]);
  return ok({ id });
}

/**
 * Removes a witness. One that the tenant's own rule needs stays: the rule goes first.
 * Errors: `audit.witness_not_found`, `audit.witness_needed`.
 */
export async function removeWitness(tx: TenantTx, id: string, deps: AuditDeps): Promise<Result<void, WitnessError>> {
  const [known, setting] = [await listWitnesses(tx), await findWitnessSetting(tx)];
  if (!known.some((witness) => witness.id === id)) return err({ code: 'audit.witness_not_found' });
  if (setting !== undefined && known.length <= setting.witnessesMin) return err({ code: 'audit.witness_needed' });
  await deleteWitness(tx, id);
  await recordAudit(tx, { action: 'audit.witness_removed', targets: [{ type: 'witness', id }], outcome: 'success' }, deps);
  return ok(undefined);
}

/**
 * Turns on that the log goes no further than so many leaves past the newest checkpoint that so many witnesses have cosigned; without a
 * setting, off. Events then wait in the outbox and are told as pending: nothing is refused and nothing is lost.
 * Errors: `audit.witness_needed` when there are fewer witnesses than it asks for.
 */
export async function requireWitnesses(
  tx: TenantTx,
  setting: WitnessSetting | undefined,
  deps: AuditDeps,
): Promise<Result<void, WitnessError>> {
  if (setting === undefined) await deleteWitnessSetting(tx);
  else {
    const known = await listWitnesses(tx);
    if (setting.witnessesMin < 1 || setting.unwitnessedMax < 1 || known.length < setting.witnessesMin)
      return err({ code: 'audit.witness_needed' });
    await saveWitnessSetting(tx, setting);
  }
  const detail = setting === undefined ? { witnessesMin: 0 } : { ...setting };
  await recordAudit(tx, { action: 'audit.witnesses_required', targets: [], outcome: 'success', detail }, deps);
  return ok(undefined);
}

/** Who cosigns a tenant's log, the rule that holds it back without them, and the newest head that is witnessed. */
type Witnessing = {
  readonly witnesses: readonly WitnessRow[];
  readonly rule: WitnessSetting | undefined;
  readonly witnessed: CosignedCheckpoint | undefined;
};

/** Shows how a tenant's log is witnessed. */
export async function findWitnessing(tx: TenantTx): Promise<Witnessing> {
  const [witnesses, rule, witnessed] = [await listWitnesses(tx), await findWitnessSetting(tx), await findWitnessedCheckpoint(tx)];
  return { witnesses, rule, witnessed };
}

/** The newest checkpoint that the tenant's rule calls witnessed (by one witness, where there is no rule), with its cosignatures. */
export async function findWitnessedCheckpoint(tx: TenantTx): Promise<CosignedCheckpoint | undefined> {
  const setting = await findWitnessSetting(tx);
  return findCosigned(tx, setting?.witnessesMin ?? 1);
}
