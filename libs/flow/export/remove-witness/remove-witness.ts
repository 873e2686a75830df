import type { removeWitness as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { removeWitness as remove, type WitnessError } from '@lib/guard/audit';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Asks a witness no more. Errors: `audit.witness_not_found`, also when it is another tenant's; `audit.witness_needed`. */
export async function removeWitness(
  deps: ExportDeps,
  { caller, params }: Pick<Call<typeof route>, 'caller' | 'params'>,
): Promise<Result<undefined, WitnessError>> {
  const removed = await deps.tenancy.withTenant(caller, 'remove a witness', (tx) => remove(tx, params.witnessId, deps));
  return removed.ok ? ok(undefined) : removed;
}
