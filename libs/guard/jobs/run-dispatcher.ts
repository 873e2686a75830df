import type { Clock } from '@lib/kernel';
import { limits, type TenantId } from '@lib/contract';
import { readyTurns, ringTurns, type Turn } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import type { JobQueue, QueueEntry } from '@lib/platform/queue';
import { describeError, quietLog, type Log } from '@lib/platform/telemetry';
import { failJob, type FailDeps } from './fail-job.ts';
import type { LookedJob } from './jobs.store.ts';
import { shareSlots, slotsToFill, waitingNow } from './share-slots.ts';
import { takeTurn } from './take-turn.ts';
import { makeWakeUp } from './wake-up.ts';

export type DispatchDeps = FailDeps & {
  /** Pool of `aegis_dispatch`. */
  readonly dispatch: Database;
  readonly queue: JobQueue;
  readonly log: Log;
  readonly clock: Clock;
  /** Jobs that run in this process at this moment. */
  readonly running: () => number;
};

/**
 * `poke`: something may have changed, look now. `noteStart`: an entry has left the queue for this process. `stop` ends after the pass
 * that is under way.
 */
export type Dispatcher = { readonly poke: () => void; readonly noteStart: () => void; readonly stop: () => Promise<void> };

/**
 * What is known between two passes. `waiting` is counted now and then, and kept up by what this process adds and starts. `ready` is the
 * front of the ring as it was read: marks are added behind it, so taking it piece by piece keeps the order.
 */
type Known = { waiting: number; countedMs: number; ready: readonly Turn[] };

/** Hands jobs from the table to the queue, tenant by tenant in ring order, until stopped. It looks every `pollMs`, or when poked. */
export function runDispatcher(deps: DispatchDeps): Dispatcher {
  const wakeUp = makeWakeUp();
  const log = quietLog(deps.log, deps.clock, limits.queueLogEveryMs);
  const known: Known = { waiting: 0, countedMs: Number.NEGATIVE_INFINITY, ready: [] };
  let stopped = false;
  let failures = 0;
  let around = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        if (!around) await lookAround(deps, log);
        around = true;
        await fillWindow(deps, log, known);
        failures = 0;
        await wakeUp.pause(deps.settings.pollMs);
      } catch (error) {
        failures += 1;
        known.countedMs = Number.NEGATIVE_INFINITY;
        log.warn('dispatch.failed', describeError(error));
        await wakeUp.pause(Math.min(deps.settings.pollMs * 2 ** Math.min(failures, doublingsMax), limits.queueLogEveryMs));
      }
    }
  };
  const done = loop();
  return {
    poke: wakeUp.poke,
    noteStart: () => {
      known.waiting = Math.max(0, known.waiting - 1);
    },
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
  const size = deps.settings.windowFactor * deps.settings.concurrency; // turns at a time, as in a pass
  let after: TenantId | undefined;
  for (;;) {
    const turns: readonly Turn[] = await ringTurns(deps.dispatch, 'job', { after, tenantsMax: limits.pageSizeMax });
    const last = turns.at(-1);
    if (last === undefined) return;
    for (let from = 0; from < turns.length; from += size) {
      await lookAll(
        deps,
        log,
        turns.slice(from, from + size).map((turn) => ({ ...turn, quota: 0, requeueMs: 0 })),
      );
    }
    after = last.tenantId;
  }
}

/** Fills the free part of the window. A tenant whose turn fails is left out of this pass, so that it holds up nobody else. */
async function fillWindow(deps: DispatchDeps, log: Log, known: Known): Promise<void> {
  const { settings } = deps;
  const size = settings.windowFactor * settings.concurrency;
  const leftOut = new Set<TenantId>();
  await refresh(deps, known, size);
  let free = slotsToFill({ ...settings, waiting: known.waiting, running: deps.running() });
  for (let round = 0; round < limits.dispatchRoundsMax && free > 0; round += 1) {
    // a front of fewer tenants than slots would deal them all to those who were there first, past whoever has come since
    if (known.ready.length < free) known.ready = await readyTurns(deps.dispatch, 'job', size + leftOut.size);
    const ready = known.ready.filter(({ tenantId }) => !leftOut.has(tenantId));
    const shares = shareSlots(ready, free, limits.dispatchQuantum);
    known.ready = ready.slice(shares.length);
    if (shares.length === 0) return;
    const looks = shares.map(({ tenant, quota }) => ({ ...tenant, quota, requeueMs: settings.requeueMs }));
    const { taken, failed } = await lookAll(deps, log, looks);
    for (const tenantId of failed) leftOut.add(tenantId);
    known.waiting += taken;
    free -= taken;
  }
}

/** What the queue holds and who is ready are read anew when what is known is older than a poll. */
async function refresh(deps: DispatchDeps, known: Known, size: number): Promise<void> {
  const nowMs = deps.clock.nowMs();
  if (nowMs - known.countedMs < deps.settings.pollMs && nowMs >= known.countedMs) return;
  const [counts, ready] = await Promise.all([deps.queue.counts(), readyTurns(deps.dispatch, 'job', size)]);
  known.waiting = waitingNow({ ...deps.settings, counted: counts.waiting, believed: known.waiting, running: deps.running() });
  known.ready = ready;
  known.countedMs = nowMs;
}

type Look = Turn & { readonly quota: number; readonly requeueMs: number };

/** Looks at several tenants at once and hands over what they have. `taken`: jobs that use up slots; `failed`: no turn to be had. */
async function lookAll(
  deps: DispatchDeps,
  log: Log,
  looks: readonly Look[],
): Promise<{ readonly taken: number; readonly failed: readonly TenantId[] }> {
  const turns = await Promise.all(looks.map(async (look) => ({ ...look, looked: await lookAt(deps, log, look) })));
  const entries = turns.flatMap(({ tenantId, looked = [] }) =>
    looked.flatMap((job) => (job.what === 'expired' ? [] : [entryOf(tenantId, job)])),
  );
  for (let from = 0; from < entries.length; from += limits.queueAddMax) {
    await deps.queue.addMany(entries.slice(from, from + limits.queueAddMax));
  }
  for (const { tenantId, pass, looked = [] } of turns) await recover(deps, log, { tenantId, pass, looked });
  return {
    taken: turns.reduce((sum, { looked = [] }) => sum + looked.filter((job) => job.what === 'due').length, 0),
    failed: turns.flatMap(({ tenantId, looked }) => (looked === undefined ? [tenantId] : [])),
  };
}

/** One turn of one tenant, or undefined when it was not to be had. */
async function lookAt(deps: DispatchDeps, log: Log, look: Look): Promise<readonly LookedJob[] | undefined> {
  try {
    return await deps.tenancy.withTenant(deps.contextOf(look), 'dispatch jobs', (tx) => takeTurn(tx, { ...deps.settings, ...look }));
  } catch (error) {
    log.warn('dispatch.turn_failed', { tenantId: look.tenantId, ...describeError(error) });
    return undefined;
  }
}

/** Each in a transaction of its own: what one job's end needs may fail, and must not keep the others from theirs. */
async function recover(
  deps: DispatchDeps,
  log: Log,
  { tenantId, pass, looked }: Turn & { readonly looked: readonly LookedJob[] },
): Promise<void> {
  for (const job of looked) {
    if (job.what !== 'expired') continue;
    const attempt = { id: job.id, kind: job.kind, payload: job.payload, attempt: job.attempts };
    await failJob(deps, { tenantId, pass, attempt, errorCode: 'job.lease_lost', final: false }).catch((error: unknown) =>
      log.warn('job.recovery_failed', { tenantId, jobId: job.id, ...describeError(error) }),
    );
  }
}

/** The attempt is part of the entry's id: what is left in the queue of an earlier attempt cannot keep a later one out. */
function entryOf(tenantId: TenantId, job: Exclude<LookedJob, { readonly what: 'expired' }>): QueueEntry {
  return { id: `${job.id}-${String(job.attempts)}`, data: { tenantId, jobId: job.id, attempt: String(job.attempts), ticket: job.ticket } };
}
