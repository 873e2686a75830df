import { limits, type TenantPass } from '@lib/contract';
import { Fault } from '@lib/kernel';

/**
 * A pass that asks again when its proof has aged: `mint` answers a new one, or nothing when what it rests on has ended. Ages are
 * measured from before the question by a clock that never steps back, so that the database's own clock is all that decides.
 * Faults of `proofFor`: `tenancy.pass_ended`, and what `mint` throws.
 */
export function renewedPass(mint: () => Promise<string | undefined>, first?: string): TenantPass {
  let known = first === undefined ? undefined : { proof: first, atMs: performance.now() };
  const renew = async (): Promise<string> => {
    const atMs = performance.now();
    const proof = await mint();
    if (proof !== undefined) {
      known = { proof, atMs };
      return proof;
    }
    // what began rightly may end: a lease that was lost is told by its row, and that must be read
    if (known !== undefined && atMs - known.atMs < limits.proofUseMsMax) return known.proof;
    throw new Fault('tenancy.pass_ended', { internal: 'what the pass rests on has ended' });
  };
  return { proofFor: () => (known !== undefined && performance.now() - known.atMs < limits.proofRenewMs ? known.proof : renew()) };
}

/** A pass for what is over within a minute: a turn, a code that was spent. */
export function shortPass(proof: string): TenantPass {
  return renewedPass(() => Promise.resolve(undefined), proof);
}

/** The pass of nobody: every policy is null with it. For questions that are about the server and no tenant. */
export const noPass: TenantPass = { proofFor: () => '' };
