import type { erasePersonal as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { erasePersonal as erase } from '@lib/guard/audit';
import { keepAnswer } from '@lib/guard/idempotency';
import type { Call } from '@lib/platform/http';
import type { ExportDeps } from '../export-deps.ts';

/**
 * Forgets a person: the key of their data in the log is destroyed. Leaves stay. The event of it does not name them (`recordAudit` is in
 * the guard's own verb, in this transaction).
 */
export function erasePersonal(
  deps: ExportDeps,
  { caller, body, slot }: Pick<Call<typeof route>, 'caller' | 'body' | 'slot'>,
): Promise<Result<{ readonly erased: boolean }, never>> {
  return deps.tenancy.withTenant(caller, 'erase personal data', async (tx) => {
    const value = { erased: await erase(tx, body.subject, deps) };
    await keepAnswer(tx, slot, { status: 200, value });
    return ok(value);
  });
}
