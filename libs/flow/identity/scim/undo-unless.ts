import { err, ok, type Result } from '@lib/kernel';
import type { TenantContext, TenantTx, Tenancy } from '@lib/guard/tenancy';

class Undone extends Error {
  readonly refusal: unknown;

  constructor(refusal: unknown) {
    super('undone');
    this.refusal = refusal;
  }
}

/** Runs a change that is refused as a whole: where `work` answers an error, nothing of it is committed. */
export async function undoUnless<T, E>(
  { tenancy, context, purpose }: { readonly tenancy: Tenancy; readonly context: TenantContext; readonly purpose: string },
  work: (tx: TenantTx) => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  let refused: Result<T, E> | undefined;
  try {
    return await tenancy.withTenant(context, purpose, async (tx) => {
      const outcome = await work(tx);
      if (outcome.ok) return ok(outcome.value);
      refused = err(outcome.error);
      throw new Undone(outcome.error);
    });
  } catch (error) {
    if (error instanceof Undone && refused !== undefined) return refused;
    throw error;
  }
}
