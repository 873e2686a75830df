import { limits } from '@lib/contract';
import { assert, type Result } from '@lib/kernel';
import { describeError, type Log } from '@lib/platform/telemetry';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isSecret } from './bearer-secret.ts';
import type { Refusal } from './call.ts';
import { checkCookieRequest } from './check-cookie-request.ts';
import { ownOrigin } from './own-origin.ts';
import { parsePart } from './read-input.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { requestId } from './request-id.ts';
import { answerHeaders } from './security-headers.ts';
import { serveDashboard } from './serve-dashboard.ts';
import { readCookie, writeCookie } from './session-cookie.ts';
import { strangerKey } from './stranger-key.ts';
import { RefusedCall, toProblem } from './to-problem.ts';

/** One request of a program whose callers are of no tenant. `secret` is what its cookie holds, of the right shape at least. */
export type PlainCall = {
  readonly params: unknown;
  readonly body: unknown;
  readonly secret: string | undefined;
  readonly origin: string | undefined;
  readonly setSession: (session: { readonly secret: string; readonly maxAgeMs: number }) => void;
  readonly clearSession: () => void;
};

/** An endpoint. Made by `plainRoute`, which knows the types of what was parsed. */
export type PlainRoute = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly answer: (call: PlainCall) => Promise<Result<unknown, Refusal>>;
};

/** What such a server is made of. `cookie` is the name of its own: two programs of one host must not share one. */
export type PlainServerOptions = {
  readonly routes: readonly PlainRoute[];
  readonly cookie: string;
  readonly log: Log;
  readonly secure: boolean;
  readonly publicOrigin: string | undefined;
  readonly perStranger: RateLimiter;
  readonly page: { readonly folder: string; readonly clientRoutes: readonly string[] } | undefined;
  readonly host: string;
  readonly port: number;
  readonly trustedProxies: number;
};

/** Ties the schemas of an endpoint to its handler: what it gets has been parsed by them. Errors: `http.request_invalid`. */
export function plainRoute<P extends z.ZodType, B extends z.ZodType>(
  [method, path]: readonly [PlainRoute['method'], string],
  schemas: { readonly params: P; readonly body: B },
  run: (input: { readonly params: z.output<P>; readonly body: z.output<B> }, call: PlainCall) => Promise<Result<unknown, Refusal>>,
): PlainRoute {
  return {
    method,
    path,
    answer: async (call) =>
      run({ params: parsePart(schemas.params, call.params, 'path'), body: parsePart(schemas.body, call.body, 'body') }, call),
  };
}

/**
 * Opens a server of JSON endpoints with a cookie of its own and, when it is built, a page. A change by cookie must come from that page.
 * Errors of a handler leave as problems with a code; anything else is `http.internal`.
 */
export async function openPlainServer(
  options: PlainServerOptions,
): Promise<{ readonly port: number; readonly pageServed: boolean; readonly close: () => Promise<void> }> {
  const server = fastify({
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMsMax,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    trustProxy: (_address: string, hop: number) => hop < options.trustedProxies,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    frameworkErrors: (error, request, reply) => {
      void reply.headers(answerHeaders(options.secure));
      answerError(options, error, { request, reply });
    },
  });
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(answerHeaders(options.secure)).header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const route = `${request.method} ${request.routeOptions.url ?? '-'}`;
    options.log.info('http.answered', {
      requestId: request.id,
      route,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    });
    done();
  });
  server.setErrorHandler((error, request, reply) => answerError(options, error, { request, reply }));
  server.setNotFoundHandler((request, reply) => answerError(options, new RefusedCall('http.route_unknown'), { request, reply }));
  for (const route of options.routes) register(server, options, route);
  const pageServed = options.page !== undefined && serveDashboard(server, { ...options.page, secure: options.secure });
  await server.listen({ port: options.port, host: options.host });
  const address = server.server.address();
  assert(address !== null && typeof address !== 'string', 'the server listens on a port');
  return { port: address.port, pageServed, close: () => server.close() };
}

type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply };

function register(server: FastifyInstance, options: PlainServerOptions, route: PlainRoute): void {
  server.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      checkCookieRequest(options, request);
      const secret = readCookie(options.cookie, request.headers.cookie);
      const set = (value: string, maxAgeMs: number): void =>
        void reply.header('set-cookie', writeCookie(options.cookie, value, { maxAgeMs, secure: options.secure }));
      const outcome = await route.answer({
        params: request.params,
        body: request.body,
        secret: secret !== undefined && isSecret(secret) ? secret : undefined,
        origin: ownOrigin(options, request),
        setSession: (session) => set(session.secret, session.maxAgeMs),
        clearSession: () => set('', 0),
      });
      if (!outcome.ok) throw new RefusedCall(outcome.error.code);
      if (outcome.value === undefined) return reply.code(204).send();
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(outcome.value));
    },
  });
}

const failedAttempts: ReadonlySet<string> = new Set([
  'presence.challenge_invalid',
  'presence.passkey_refused',
  'presence.passkey_copied',
  'staff.enrolment_not_found',
]);

function answerError(options: PlainServerOptions, error: unknown, { request, reply }: Exchange): void {
  const failed = error instanceof RefusedCall && failedAttempts.has(error.code);
  const waitSeconds = failed ? options.perStranger.take(strangerKey(request.ip)) : 0;
  const told = waitSeconds > 0 ? new RefusedCall('http.rate_limited', { retryAfterSeconds: waitSeconds }) : error;
  const { problem, retryAfterSeconds, fault } = toProblem(told, request.id);
  if (fault) options.log.error('http.failed', { requestId: request.id, problem: problem.code, ...describeError(error) });
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  void reply.code(problem.status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
