import type { Clock } from '@lib/kernel';
import { limits, type TenantId } from '@lib/contract';
import { readyTenants, ringTenants } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import type { JobQueue, QueueEntry } from '@lib/platform/queue';
import { describeError, quietLog, type Log } from '@lib/platform/telemetry';
import { failJob, type FailDeps } from './fail-job.ts';
import type { HandedJob } from './jobs.store.ts';
import { shareSlots, slotsToFill } from './share-slots.ts';
import { takeTurn, type Turn } from './take-turn.ts';
import { makeWakeUp } from './wake-up.ts';

export type DispatchDeps = FailDeps & {
  readonly database: Database;
  readonly queue: JobQueue;
  readonly log: Log;
  readonly clock: Clock;
  /** Jobs that run in this process at this moment. */
  readonly running: () => number;
};

/** `poke`: something may have changed, look now. `stop` ends after the pass that is under way. */
export type Dispatcher = { readonly poke: () => void; readonly stop: () => Promise<void> };

/** Hands jobs from the table to the queue, tenant by tenant in ring order, until stopped. It looks every `pollMs`, or when poked. */
export function runDispatcher(deps: DispatchDeps): Dispatcher {
  const wakeUp = makeWakeUp();
  const log = quietLog(deps.log, deps.clock, limits.queueLogEveryMs);
  let stopped = false;
  let failures = 0;
  let around = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        if (!around) await lookAround(deps, log);
        around = true;
        await fillWindow(deps, log);
        failures = 0;
        await wakeUp.pause(deps.settings.pollMs);
      } catch (error) {
        failures += 1;
        log.warn('dispatch.failed', describeError(error));
        await wakeUp.pause(Math.min(deps.settings.pollMs * 2 ** Math.min(failures, doublingsMax), limits.queueLogEveryMs));
      }
    }
  };
  const done = loop();
  return {
    poke: wakeUp.poke,
    stop: async () => {
      stopped = true;
      wakeUp.poke();
      await done;
    },
  };
}

const doublingsMax = 10; // of the pause after a failed pass

/** Once at start: the queue may be new, so everything that was handed over is handed over again. What it knows it leaves as it is. */
async function lookAround(deps: DispatchDeps, log: Log): Promise<void> {
  let after: TenantId | undefined;
  for (;;) {
    const tenants: readonly TenantId[] = await ringTenants(deps.database, 'job', { after, tenantsMax: limits.pageSizeMax });
    const last = tenants.at(-1);
    if (last === undefined) return;
    for (const tenantId of tenants) await lookAt(deps, log, { tenantId, quota: 0, requeueMs: 0 });
    after = last;
  }
}

/** Fills the free part of the window. A tenant whose turn fails is left out of this pass, so that it holds up nobody else. */
async function fillWindow(deps: DispatchDeps, log: Log): Promise<void> {
  const { settings, queue } = deps;
  const leftOut = new Set<TenantId>();
  let free = slotsToFill({ ...settings, waiting: (await queue.counts()).waiting, running: deps.running() });
  for (let round = 0; round < limits.dispatchRoundsMax && free > 0; round += 1) {
    const ready = await readyTenants(deps.database, 'job', free + leftOut.size);
    const shares = shareSlots(
      ready.filter((tenantId) => !leftOut.has(tenantId)),
      free,
    );
    if (shares.length === 0) return;
    const turns = await Promise.all(
      shares.map(({ tenant, quota }) => lookAt(deps, log, { tenantId: tenant, quota, requeueMs: settings.requeueMs })),
    );
    turns.forEach((claimed, index) => {
      const share = shares[index];
      if (claimed === undefined && share !== undefined) leftOut.add(share.tenant);
      free -= claimed ?? 0;
    });
  }
}

/** One turn of one tenant. Answers how many jobs it took from the share, or undefined when the turn was not to be had. */
async function lookAt(
  deps: DispatchDeps,
  log: Log,
  look: { readonly tenantId: TenantId; readonly quota: number; readonly requeueMs: number },
): Promise<number | undefined> {
  const { settings, tenancy } = deps;
  const { tenantId } = look;
  let turn: Turn | undefined;
  try {
    turn = await tenancy.withTenant(deps.contextOf(tenantId), 'dispatch jobs', (tx) => takeTurn(tx, { ...settings, ...look }));
    if (turn === undefined) return undefined;
    await addAll(deps.queue, tenantId, [...turn.again, ...turn.claimed]);
  } catch (error) {
    log.warn('dispatch.turn_failed', { tenantId, ...describeError(error) });
    return undefined;
  }
  for (const attempt of turn.expired) {
    await failJob(deps, { tenantId, attempt, errorCode: 'job.lease_lost', final: false }).catch((error: unknown) =>
      log.warn('job.recovery_failed', { tenantId, jobId: attempt.id, ...describeError(error) }),
    );
  }
  return turn.claimed.length;
}

async function addAll(queue: JobQueue, tenantId: TenantId, jobs: readonly HandedJob[]): Promise<void> {
  for (let from = 0; from < jobs.length; from += limits.queueAddMax) {
    await queue.addMany(jobs.slice(from, from + limits.queueAddMax).map((job) => entryOf(tenantId, job)));
  }
}

/** The attempt is part of the entry's id: what is left in the queue of an earlier attempt cannot keep a later one out. */
function entryOf(tenantId: TenantId, job: HandedJob): QueueEntry {
  return { id: `${job.id}-${String(job.attempts)}`, data: { tenantId, jobId: job.id } };
}
