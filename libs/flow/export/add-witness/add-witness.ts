import { witnessIdSchema, type WitnessId, type addWitness as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { addWitness as add, type WitnessError } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/**
 * Names a witness of the tenant's log; it is asked soon. Errors: `audit.witness_key_invalid`, `audit.witness_url_invalid`,
 * `audit.witness_exists`, `audit.witnesses_full`.
 */
export function addWitness(
  deps: ExportDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<{ readonly id: WitnessId }, WitnessError>> {
  return deps.tenancy.withTenant(caller, 'add a witness', async (tx) => {
    const added = await add(tx, body, deps);
    if (!added.ok) return added;
    const value = { id: witnessIdSchema.parse(added.value.id) };
    await keepAnswer(tx, slot, { status: 201, value });
    return ok(value);
  });
}
