import type { Route } from '@lib/contract';
import type { Result } from '@lib/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerOnce } from './answer-once.ts';
import { authenticate } from './authenticate.ts';
import type { AnswerSlot, Caller, CallerClient, RawBody, Refusal, SignedRequest } from './call.ts';
import type { CompiledRoute } from './compile-route.ts';
import type { Door } from './door.ts';
import type { Exchange } from './exchange.ts';
import { clientOf } from './client-of.ts';
import { ownOrigin } from './own-origin.ts';
import { readInput, type Input } from './read-input.ts';
import { readRaw } from './read-raw.ts';
import { renewSession } from './renew-session.ts';
import { requirePresence } from './require-presence.ts';
import { sendAnswer } from './send-answer.ts';
import { sendFile } from './send-file.ts';
import { confineToRepository } from './confine-to-repository.ts';
import { flowCookie, readCookie, writeCookie, writeSessionCookie } from './session-cookie.ts';
import { strangerKey } from './stranger-key.ts';
import { streamEvents } from './stream-events.ts';
import { stripAnswer } from './strip-answer.ts';
import { RefusedCall } from './to-problem.ts';

/** A call whose members have the types of no route in particular. */
export type AnyCall = Input & {
  readonly raw: RawBody | undefined;
  readonly route: Route;
  readonly caller: Caller | undefined;
  readonly requestId: string;
  readonly client: CallerClient;
  readonly origin: string | undefined;
  readonly slot: AnswerSlot | undefined;
  readonly signed: SignedRequest | undefined;
  readonly signal: AbortSignal;
  readonly lastEventId: string | undefined;
  readonly setSession: (session: { readonly secret: string; readonly maxAgeMs: number }) => void;
  readonly clearSession: () => void;
  readonly flow: string | undefined;
  readonly setFlow: (flow: { readonly secret: string; readonly maxAgeMs: number }) => void;
};
type AnyHandler = (call: AnyCall) => Promise<Result<unknown, Refusal>>;

/**
 * Takes one request through the rim, in this order: who, how often, what, whether it was already done, the handler, the answer.
 * Errors: throws `RefusedCall` for what the caller did, anything else for what we did; the filter answers both.
 */
export async function answerCall(compiled: CompiledRoute, exchange: Exchange, handler: AnyHandler): Promise<void> {
  const door = exchange.request.server.getDecorator<Door>('door');
  try {
    await serve(door, { compiled, exchange, handler });
  } catch (error) {
    throw limitStranger(door, exchange.request, error);
  }
}

type Serving = { readonly compiled: CompiledRoute; readonly exchange: Exchange; readonly handler: AnyHandler };

async function serve(door: Door, { compiled, exchange, handler }: Serving): Promise<void> {
  const { request, reply } = exchange;
  const { route } = compiled;
  // a refusal leaves bytes unread, and nobody should have to read them to get at the next request
  if (route.raw !== undefined) void reply.header('connection', 'close');
  const caller = route.scope === 'none' ? undefined : await admit(door, route, exchange);
  if (caller !== undefined) request.setDecorator('tenantId', caller.tenantId);
  const input = readInput(route, request);
  const raw = readRaw(route, request);
  if (caller?.repositoryId !== undefined) await confineToRepository(door, caller, { route, input });
  const signed = caller === undefined ? undefined : await requirePresence(door, route, { request, caller });
  const run = async (slot?: AnswerSlot): Promise<unknown> => {
    const outcome = await handler(makeCall(door, exchange, { input, raw, route, caller, slot, signed }));
    if (!outcome.ok) throw new RefusedCall(outcome.error.code);
    return outcome.value;
  };
  const key = request.headers['idempotency-key'];
  if (compiled.streams) await streamEvents(compiled, exchange, await run());
  else if (compiled.sendsFile) await sendFile(compiled, exchange, await run());
  else if (route.method === 'POST' && caller !== undefined && key !== undefined)
    await answerOnce(door, { compiled, exchange, caller, raw, key, run });
  else sendAnswer(compiled, reply, stripAnswer(compiled, await run()));
}

async function admit(door: Door, route: Route, exchange: Exchange): Promise<Caller> {
  const { caller, ageing } = await authenticate(door, route, exchange.request);
  if (ageing !== undefined) await renewSession(door, exchange, ageing);
  return caller;
}

type Parts = {
  readonly input: Input;
  readonly raw: RawBody | undefined;
  readonly route: Route;
  readonly caller: Caller | undefined;
  readonly slot: AnswerSlot | undefined;
  readonly signed: SignedRequest | undefined;
};

function makeCall(door: Door, { request, reply }: Exchange, { input, raw, route, caller, slot, signed }: Parts): AnyCall {
  const lastEventId = request.headers['last-event-id'];
  return {
    ...input,
    raw,
    route,
    caller,
    slot,
    signed,
    requestId: request.id,
    client: clientOf(request),
    origin: ownOrigin(door, request),
    lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined,
    get signal() {
      return signalOf(door, reply);
    },
    setSession: ({ secret, maxAgeMs }) => void reply.header('set-cookie', writeSessionCookie(secret, maxAgeMs, door.secure)),
    clearSession: () => void reply.header('set-cookie', writeSessionCookie('', 0, door.secure)),
    flow: readCookie(flowCookie(door.secure), request.headers.cookie),
    setFlow: ({ secret, maxAgeMs }) =>
      void reply.header('set-cookie', writeCookie(flowCookie(door.secure), secret, { maxAgeMs, secure: door.secure })),
  };
}

/** Made only for handlers that ask: most answer before anybody could hang up. */
function signalOf(door: Door, reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (reply.raw.closed) gone.abort();
  else reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, door.closing]);
}

const failedAttempts: ReadonlySet<string> = new Set([
  'identity.unauthenticated',
  'identity.code_invalid',
  'presence.challenge_invalid',
  'presence.passkey_refused',
  'presence.passkey_copied',
  'sso.flow_invalid',
  'sso.answer_refused',
  'ci.token_refused',
]);

/** Failed attempts are counted per address. One too many is told to wait; what a valid credential may do is not touched by it. */
function limitStranger(door: Door, request: FastifyRequest, error: unknown): unknown {
  if (!(error instanceof RefusedCall && failedAttempts.has(error.code))) return error;
  const waitSeconds = door.perStranger.take(strangerKey(request.ip));
  return waitSeconds > 0 ? new RefusedCall('http.rate_limited', { retryAfterSeconds: waitSeconds }) : error;
}
