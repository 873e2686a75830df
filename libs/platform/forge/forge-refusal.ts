import { RequestError } from '@octokit/request-error';
import { err, Fault, ok, type Clock, type Result } from '@lib/kernel';
import type { ForgeRefusal } from './forge.ts';

/**
 * Runs one request. What a caller can act on is a `Result`; the rest is a Fault that a job is tried again after. Nothing of an answer's
 * text is kept: it may quote what was sent.
 */
export async function askForge<T>(clock: Clock, ask: () => Promise<T>): Promise<Result<T, ForgeRefusal>> {
  try {
    return ok(await ask());
  } catch (error) {
    return refusalOf(clock, error);
  }
}

function refusalOf(clock: Clock, error: unknown): Result<never, ForgeRefusal> {
  if (!(error instanceof RequestError)) {
    if (error instanceof Fault && error.code === 'forge.key_absent') return err({ code: 'forge.key_absent' });
    throw error instanceof Fault && error.code.startsWith('outbound.') ? unavailable(error.code) : error;
  }
  const { status } = error;
  const inner = innerFault(error);
  if (inner !== undefined) {
    if (inner.code === 'forge.key_absent') return err({ code: 'forge.key_absent' });
    throw unavailable(inner.code);
  }
  const until = limitedUntil(error, clock.nowMs());
  if (until !== undefined) throw new Fault('forge.rate_limited', { internal: `continues at ${until}`, public: `continues at ${until}` });
  if (status >= 500 || status === 408) throw unavailable(`status ${String(status)}`);
  return err({ code: codes.get(status) ?? 'forge.refused', status });
}

const codes: ReadonlyMap<number, ForgeRefusal['code']> = new Map([
  [401, 'forge.unauthorized'],
  [403, 'forge.forbidden'],
  [404, 'forge.gone'],
  [410, 'forge.gone'],
  [451, 'forge.gone'],
]);

// A request that never got an answer has what `fetch` threw as its cause.
function innerFault(error: RequestError): Fault | undefined {
  return error.cause instanceof Fault ? error.cause : undefined;
}

/** The instant at which a limit ends: `retry-after` first, then the reset. Source: GitHub, "Rate limits for the REST API". */
function limitedUntil({ status, response }: RequestError, nowMs: number): string | undefined {
  const headers = response?.headers ?? {};
  const after = Number(headers['retry-after'] ?? Number.NaN);
  const spent = headers['x-ratelimit-remaining'] === '0';
  if (status !== 429 && !(status === 403 && (spent || !Number.isNaN(after)))) return undefined;
  const resetMs = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1000;
  const untilMs = Number.isNaN(after) ? (Number.isNaN(resetMs) ? nowMs + minuteMs : resetMs) : nowMs + after * 1000;
  return new Date(Math.min(untilMs, nowMs + dayMs)).toISOString();
}

const minuteMs = 60_000; // what GitHub asks for where it says nothing
const dayMs = 86_400_000; // a reset further away is no reset

function unavailable(why: string): Fault {
  return new Fault('forge.unavailable', { internal: `the forge did not answer: ${why}`, public: 'the forge does not answer' });
}
