import type { TenantTx } from '@lib/guard/tenancy';
import { beginTurn, lookAtJobs, markNextLook, type LookedJob, type LookTerms } from './jobs.store.ts';

/** Looks at one tenant: what is due, what may be lost, when to look again. Undefined: another dispatcher is looking. */
export async function takeTurn(tx: TenantTx, terms: LookTerms): Promise<readonly LookedJob[] | undefined> {
  // sent together, run in this order, each with a newer view than the one before; without the turn the last two do nothing
  const [begun, looked] = await Promise.all([beginTurn(tx), lookAtJobs(tx, terms), markNextLook(tx, terms)]);
  return begun ? looked : undefined;
}
