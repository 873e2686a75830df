import { setTimeout as pause } from 'node:timers/promises';
import { limits, scanEndStates, type ScanId, type ScanProgress, type streamScan as route } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { Call, Caller, ServerEvent } from '@lib/platform/http';
import type { ScanDeps, ScanNotFound } from '../scan-deps.ts';
import { findNews } from '../scan.store.ts';

/** The tenant has `limits.eventStreamsPerTenantMax` live views open. */
export type TooManyStreams = { readonly code: 'scan.too_many_streams' };

type Stream = AsyncIterable<ServerEvent<ScanProgress>>;

/**
 * Follows a scan: what has happened since the client's last event, then what happens, until the scan has ended, the client leaves or
 * `limits.eventStreamMsMax` is over. Events are rows, so none is lost between two connections.
 * Errors: `scan.not_found`, `scan.too_many_streams`.
 */
export async function streamScan(
  deps: ScanDeps,
  call: Pick<Call<typeof route>, 'caller' | 'params' | 'signal' | 'lastEventId'>,
): Promise<Result<Stream, ScanNotFound | TooManyStreams>> {
  const { caller, params, signal } = call;
  const after = sequenceOf(call.lastEventId);
  const news = await deps.tenancy.withTenantOnce(caller, 'follow a scan', (tx) => findNews(tx, params.scanId, after));
  if (news === undefined) return err({ code: 'scan.not_found' });
  if (!deps.streams.enter(caller.tenantId, signal)) return err({ code: 'scan.too_many_streams' });
  return ok(follow(deps, { caller, scanId: params.scanId, after, signal }));
}

type Following = { readonly caller: Caller; readonly scanId: ScanId; readonly after: number; readonly signal: AbortSignal };

async function* follow(deps: ScanDeps, { caller, scanId, after, signal }: Following): Stream {
  const untilMs = deps.clock.nowMs() + limits.eventStreamMsMax;
  let seen = after;
  while (!signal.aborted && deps.clock.nowMs() < untilMs) {
    const from = seen;
    const news = await deps.tenancy.withTenantOnce(caller, 'follow a scan', (tx) => findNews(tx, scanId, from));
    for (const { seq, progress } of news?.events ?? []) {
      yield { id: String(seq), event: 'progress', data: progress };
      seen = seq;
    }
    if (news === undefined) return;
    if (news.events.length > 0) continue;
    if (scanEndStates.includes(news.state)) return;
    await pause(limits.eventPollMs, undefined, { signal }).catch(() => undefined);
  }
}

/** An id that we did not give out means from the beginning. */
function sequenceOf(lastEventId: string | undefined): number {
  return lastEventId !== undefined && /^\d{1,9}$/u.test(lastEventId) ? Number(lastEventId) : 0;
}
