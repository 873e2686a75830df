import { limits } from '@lib/contract';
import { type Turn, openTenancy, readyTurns } from '@lib/guard/tenancy';
import type { Database } from '@lib/platform/db';
import type { SecretBox } from '@lib/platform/kms';
import { counter, describeError, type Log } from '@lib/platform/telemetry';
import type { Deliver } from '@lib/platform/sinks';
import { Bell } from './bell.ts';
import { type SinkDeps, deliverSinks } from './deliver-sinks.ts';
import { logOrigin } from './log-name.ts';

/** `database` is a pool of `aegis_audit`, `dispatch` one of `aegis_dispatch`; `host` names the logs. */
export type StreamingOptions = {
  readonly database: Database;
  readonly dispatch: Database;
  readonly secrets: Pick<SecretBox, 'reveal'>;
  readonly deliver: Deliver;
  readonly host: string;
  readonly log: Log;
};

/** Ends after the round under way. */
export type Streaming = { readonly stop: () => Promise<void> };

const delivered = counter('audit.entries_streamed');

/** Streams logs to the places that tenants have named, beside the sequencer and never in its way. Outlives the database and every place. */
export function startStreaming(options: StreamingOptions): Streaming {
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

async function run(options: StreamingOptions, bell: Bell, stopping: AbortSignal): Promise<void> {
  const { secrets, deliver, host } = options;
  const deps: SinkDeps = { tenancy: openTenancy(options.database), secrets, deliver, logName: (tenantId) => logOrigin(host, tenantId) };
  while (!stopping.aborted) {
    let moved = false;
    try {
      const tenants = await readyTurns(options.dispatch, 'stream', limits.auditSinkTenantsMax);
      for (let at = 0; at < tenants.length; at += limits.auditSinkAtOnce) {
        const turns = await Promise.all(tenants.slice(at, at + limits.auditSinkAtOnce).map((turn) => streamOne(options, deps, turn)));
        moved ||= turns.some((isMoved) => isMoved);
      }
    } catch (error) {
      options.log.warn('audit.streaming_stalled', describeError(error));
    }
    if (!moved) await bell.wait(limits.auditSinkPollMs);
  }
}

/** Answers whether anything was taken: then there may be more. */
async function streamOne({ log }: StreamingOptions, deps: SinkDeps, turn: Turn): Promise<boolean> {
  const { tenantId } = turn;
  try {
    const outcomes = await deliverSinks(deps, turn);
    for (const { sinkId, from, next, errorCode } of outcomes) {
      if (errorCode === undefined) delivered.add(next - from);
      else log.warn('audit.sink_refused', { tenantId, sinkId, from, errorCode });
    }
    return outcomes.some(({ errorCode }) => errorCode === undefined);
  } catch (error) {
    log.error('audit.streaming_failed', { tenantId, ...describeError(error) });
    return false;
  }
}
