import { limits } from '@lib/contract';
import { type Turn, openTenancy, readyTurns } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import { type Log, describeError } from '@lib/platform/telemetry';
import type { AskWitness } from '@lib/platform/witness';
import { type WitnessDeps, askWitnesses } from './ask-witnesses.ts';
import { Bell } from './bell.ts';
import type { LogKeys } from './log-name.ts';

/** `database` is a pool of `aegis_audit`, `dispatch` one of `aegis_dispatch`. */
export type WitnessingOptions = {
  readonly database: Database;
  readonly dispatch: Database;
  readonly keys: LogKeys;
  readonly ask: AskWitness;
  readonly log: Log;
};

/** Ends after the round under way. */
export type Witnessing = { readonly stop: () => Promise<void> };

/**
 * Sends new checkpoints to the witnesses that tenants have named, beside the sequencer and never in its way. Outlives the database and
 * every witness. A witness that knows a longer log than ours is an alarm: our log was put back.
 */
export function startWitnessing(options: WitnessingOptions): Witnessing {
  const stopping = new AbortController();
  const bell = new Bell(stopping.signal);
  const loop = run(options, bell, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

async function run(options: WitnessingOptions, bell: Bell, stopping: AbortSignal): Promise<void> {
  const deps = { tenancy: openTenancy(options.database), keys: options.keys, ask: options.ask };
  while (!stopping.aborted) {
    try {
      const tenants = await readyTurns(options.dispatch, 'witness', limits.auditWitnessTenantsMax);
      for (let at = 0; at < tenants.length; at += limits.auditWitnessAtOnce) {
        await Promise.all(tenants.slice(at, at + limits.auditWitnessAtOnce).map((turn) => askFor(options, deps, turn)));
      }
    } catch (error) {
      options.log.warn('audit.witnessing_stalled', describeError(error));
    }
    await bell.wait(limits.auditWitnessPollMs);
  }
}

async function askFor({ log }: WitnessingOptions, deps: WitnessDeps, turn: Turn): Promise<void> {
  const { tenantId } = turn;
  try {
    const round = await askWitnesses(deps, turn);
    for (const { witnessId, code } of round?.refusals ?? []) {
      const level = code === 'audit.witness_ahead' || code === 'audit.witness_disagrees' ? 'error' : 'warn';
      log[level]('audit.witness_refused', { tenantId, witnessId, errorCode: code });
    }
  } catch (error) {
    log.error('audit.witnessing_failed', { tenantId, ...describeError(error) });
  }
}
