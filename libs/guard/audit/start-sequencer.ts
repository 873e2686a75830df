import { type TenantId, limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { Database } from '@lib/platform/db';
import { type Log, describeError } from '@lib/platform/telemetry';
import { type Turn, claimAuditEpoch, openTenancy, readyTurns } from '@lib/guard/tenancy';
import { Bell } from './bell.ts';
import { extendLogOfLogs } from './extend-log-of-logs.ts';
import type { LogKeys } from './log-name.ts';
import { endTurn } from './sequencer.store.ts';
import { type SequenceDeps, sequenceTenant } from './sequence-tenant.ts';

/** `database` is a pool of `aegis_audit`, with `limits.auditTurnsAtOnce` connections. Units: ms. */
export type SequencerOptions = {
  readonly database: Database;
  /** A pool of `aegis_dispatch`, which says whose turn it is. */
  readonly dispatch: Database;
  readonly keys: LogKeys;
  readonly log: Log;
  /** Between the looks of a replaced sequencer. Default: `limits.auditStandByMs`. */
  readonly standByMs?: number;
};

export type Sequencer = {
  /** Says that there is work; without it the next look comes within `limits.auditPollMs`. */
  readonly poke: () => void;
  /** Ends after the transaction under way. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts the writer of the audit log. One writes at a time: whoever claimed the newest epoch. An older one stands by and claims
 * again only when the same work has waited for two looks, so that a dead successor does not stop the log.
 * It outlives the database: while that is away it waits and tries again. A tenant whose log cannot be written (a tampered head, a
 * lost key) is reported and passed over; its events stay in the outbox.
 */
export function startSequencer(options: SequencerOptions): Sequencer {
  const stopping = new AbortController();
  const bell = new Bell(stopping.signal);
  const loop = run(options, bell, stopping.signal);
  return {
    poke: () => {
      bell.ring();
    },
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

async function run(options: SequencerOptions, bell: Bell, stopping: AbortSignal): Promise<void> {
  const deps = { tenancy: openTenancy(options.database), keys: options.keys };
  const logOfLogs = new LogOfLogs(options);
  let epoch: number | undefined;
  let stallMs: number = limits.auditPollMs;
  while (!stopping.aborted) {
    try {
      epoch ??= await claimAuditEpoch(options.database);
      const placed = await takeTurns(options, deps, epoch);
      await logOfLogs.extend(epoch);
      stallMs = limits.auditPollMs;
      if (placed === 0) await bell.wait(limits.auditPollMs);
    } catch (error) {
      if (isFenced(error)) {
        options.log.warn('audit.sequencer_fenced');
        epoch = undefined;
        await standBy(options, bell, stopping);
        continue;
      }
      options.log.error('audit.sequencer_stalled', describeError(error));
      await bell.wait(stallMs);
      stallMs = Math.min(stallMs * 2, limits.auditStallMsMax);
    }
  }
}

/** One round over the tenants that have work; answers how many events found their place. */
async function takeTurns(options: SequencerOptions, deps: SequenceDeps, epoch: number): Promise<number> {
  const tenants = await readyTurns(options.dispatch, 'audit', limits.auditTenantsPerTurnMax);
  let placed = 0;
  for (let at = 0; at < tenants.length; at += limits.auditTurnsAtOnce) {
    const group = tenants.slice(at, at + limits.auditTurnsAtOnce);
    // all are waited for, so that none is still writing when the loop ends or starts over
    const turns = await Promise.allSettled(group.map((turn) => takeTurn(options, deps, { ...turn, epoch })));
    for (const turn of turns) {
      if (turn.status === 'rejected') throw turn.reason;
      placed += turn.value;
    }
  }
  return placed;
}

async function takeTurn(options: SequencerOptions, deps: SequenceDeps, turn: Turn & { readonly epoch: number }): Promise<number> {
  try {
    return (await sequenceTenant(deps, turn)).placed;
  } catch (error) {
    if (isFenced(error) || isAway(error)) throw error;
    options.log.error('audit.tenant_stalled', { tenantId: turn.tenantId, ...describeError(error) });
    const context = { tenantId: turn.tenantId, actor: { type: 'system', id: 'audit-sequencer' }, pass: turn.pass } as const;
    await deps.tenancy.withTenant(context, 'audit.sequence', (tx) => endTurn(tx, true));
    return 0;
  }
}

/** Takes the tenants' new checkpoints into the log of logs, now and then: a tenant's own log never waits for it. */
class LogOfLogs {
  readonly #options: SequencerOptions;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: SequencerOptions) {
    this.#options = options;
  }

  async extend(epoch: number): Promise<void> {
    const nowMs = performance.now(); // never steps back, unlike the wall clock
    if (nowMs - this.#lastMs < limits.auditLogsEveryMs) return;
    this.#lastMs = nowMs;
    try {
      await extendLogOfLogs(this.#options, epoch);
    } catch (error) {
      if (isFenced(error) || isAway(error)) throw error;
      this.#options.log.error('audit.logs_stalled', describeError(error));
    }
  }
}

/** Returns when the writer seems to be gone: the tenant whose turn it is has not changed between two looks. */
async function standBy(options: SequencerOptions, bell: Bell, stopping: AbortSignal): Promise<void> {
  let waiting: TenantId | undefined;
  while (!stopping.aborted) {
    // a poke does not shorten this: it tells of work, and the writer may be busy with it
    await bell.rest(options.standByMs ?? limits.auditStandByMs);
    // while the database is away nobody writes, and there is nothing to take over
    const [next] = await readyTurns(options.dispatch, 'audit', 1).catch(() => []);
    if (next !== undefined && next.tenantId === waiting) return;
    waiting = next?.tenantId;
  }
}

function isFenced(error: unknown): boolean {
  return error instanceof Fault && error.code === 'audit.fenced';
}

function isAway(error: unknown): boolean {
  return error instanceof Fault && error.code === 'db.unavailable';
}
