import type { requireWitnesses as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { requireWitnesses as require, type WitnessError, type WitnessSetting } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/** Turns the rule on, changes it, or turns it off. Errors: `audit.witness_needed` when there are fewer witnesses than it asks for. */
export function requireWitnesses(
  deps: ExportDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<{ readonly rule: WitnessSetting | null }, WitnessError>> {
  return deps.tenancy.withTenant(caller, 'hold the log to its witnesses', async (tx) => {
    const set = await require(tx, body.rule ?? undefined, deps);
    if (!set.ok) return set;
    const value = { rule: body.rule };
    await keepAnswer(tx, slot, { status: 200, value });
    return ok(value);
  });
}
