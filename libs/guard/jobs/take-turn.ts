import type { TenantTx } from '@lib/guard/tenancy';
import type { JobSettings } from './job-settings.ts';
import { beginTurn, handOverDue, markNextLook, takeOverExpired, touchUnstarted, type HandedJob, type JobAttempt } from './jobs.store.ts';

/** What a look at one tenant brings: jobs for the queue, and attempts whose worker is gone. */
export type Turn = {
  readonly claimed: readonly HandedJob[];
  readonly again: readonly HandedJob[];
  readonly expired: readonly JobAttempt[];
};

/** `requeueMs` 0: everything that was handed over is handed over again, for the queue may be new. */
export type TurnShare = Pick<JobSettings, 'runningPerTenantMax' | 'leaseMs' | 'requeueMs'> & { readonly quota: number };

/** Looks at one tenant: what is due, what may be lost, when to look again. Undefined: another dispatcher is looking. */
export async function takeTurn(tx: TenantTx, share: TurnShare): Promise<Turn | undefined> {
  if (!(await beginTurn(tx))) return undefined;
  const runningMax = share.runningPerTenantMax;
  // sent together, run in this order: each sees what the ones before it wrote
  const [expired, again, claimed] = await Promise.all([
    takeOverExpired(tx, share.leaseMs),
    touchUnstarted(tx, share.requeueMs),
    handOverDue(tx, { quota: share.quota, runningMax }),
    markNextLook(tx, { runningMax, requeueMs: share.requeueMs }),
  ]);
  return { claimed, again, expired };
}
