import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { limits, type Route, type TenantId } from '@lib/contract';
import { assert } from '@lib/kernel';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { compileRoute } from './compile-route.ts';
import type { JsonObject } from './describe-operation.ts';
import type { Door } from './door.ts';
import { ProblemFilter } from './problem.filter.ts';
import { unreadJson } from './read-raw.ts';
import { requestId } from './request-id.ts';
import { answerHeaders } from './security-headers.ts';
import { serveDashboard, type DashboardOptions } from './serve-dashboard.ts';
import { serveDocumentation } from './serve-documentation.ts';

/** What a server is made of. `module` holds the controllers, `routes` is the contract they keep. */
export type ServerOptions = {
  readonly module: DynamicModule;
  readonly routes: readonly Route[];
  readonly door: Omit<Door, 'closing'>;
  readonly document: JsonObject;
  readonly dashboard?: Omit<DashboardOptions, 'secure'>;
  readonly host: string;
  readonly port: number;
  /** Believe `x-forwarded-for` of this many proxies in front of us; 0 believes nobody. */
  readonly trustedProxies: number;
};

/** A listening server. `close` lets requests under way finish and ends live views. */
export type OpenServer = {
  readonly host: string;
  readonly port: number;
  readonly dashboardServed: boolean;
  /** Method and path of everything that is served, as the router has it. */
  readonly served: readonly string[];
  readonly close: () => Promise<void>;
};

/** Opens the API: one router, one filter, the documentation and, when it is built, the dashboard. Port 0 takes a free one. */
export async function openServer(options: ServerOptions): Promise<OpenServer> {
  const closing = new AbortController();
  const door: Door = { ...options.door, closing: closing.signal };
  const filter = new ProblemFilter(door, options.routes);
  const app = await NestFactory.create<NestFastifyApplication>(options.module, makeAdapter(options, door, filter), nestSettings);
  const server = app.getHttpAdapter().getInstance();
  const served = prepare(server, door, options.routes);
  app.useGlobalFilters(filter);
  serveDocumentation(server, options.document, door.secure);
  const dashboardServed = options.dashboard !== undefined && serveDashboard(server, { ...options.dashboard, secure: door.secure });
  await app.listen(options.port, options.host);
  const address: AddressInfo | string | null = server.server.address();
  assert(address !== null && typeof address !== 'string', 'the server listens on a port');
  return {
    host: options.host,
    port: address.port,
    dashboardServed,
    served,
    close: async () => {
      closing.abort();
      const impatience = setTimeout(() => server.server.closeAllConnections(), limits.drainMs);
      await app.close().finally(() => clearTimeout(impatience));
    },
  };
}

// Nest neither logs, nor reads bodies (forms included), nor ends the process: that is ours.
const nestSettings = { logger: false, bodyParser: false, abortOnError: false } as const;

/** Nest would wrap what the framework throws and lose its code; here the filter gets it as it is. */
class PlainErrorsAdapter extends FastifyAdapter {
  override mapException(error: unknown): unknown {
    return error;
  }
}

function makeAdapter(options: ServerOptions, door: Door, filter: ProblemFilter): FastifyAdapter {
  return new PlainErrorsAdapter({
    skipMiddie: true,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.uploadMsMax, // of uploads; the others: `limitArrival`
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    trustProxy: (_address: string, hop: number) => hop < options.trustedProxies,
    routerOptions: { maxParamLength: limits.urlParamCharsMax },
    genReqId: (request: { readonly headers: Readonly<Record<string, string | string[] | undefined>> }) =>
      requestId(request.headers['x-request-id']),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers({ ...answerHeaders(door.secure), 'x-request-id': request.id });
      filter.answer(error, request, reply);
    },
  });
}

/** Runs before the routes are registered: only JSON is read (uploads are handed on as they come), and every answer, refusals included, carries the same headers. */
function prepare(server: FastifyInstance, door: Door, routes: readonly Route[]): string[] {
  const served: string[] = [];
  const headers = answerHeaders(door.secure);
  server.decorate('door', door);
  server.decorateRequest('tenantId', null); // of whoever turns out to call
  server.removeContentTypeParser('text/plain');
  takeScim(server);
  takeUploads(server, routes);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const durationMs = Math.round(reply.elapsedTime);
    door.log.info('http.answered', {
      requestId: request.id,
      tenantId: request.getDecorator<TenantId | null>('tenantId') ?? undefined,
      route: `${request.method} ${request.routeOptions.url ?? '-'}`,
      status: reply.statusCode,
      durationMs,
    });
    done();
  });
  server.addHook('onRoute', (route) => void served.push(`${String(route.method)} ${route.url}`));
  return served;
}

/** Some directories name the media type of what they do not send. */
function takeScim(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser('application/scim+json', { parseAs: 'string' }, (request, body: string, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}

function takeUploads(server: FastifyInstance, routes: readonly Route[]): void {
  const uploads = routes.filter((route) => route.raw !== undefined);
  const mediaTypes = new Set(uploads.flatMap((route) => route.raw?.mediaTypes ?? []).map((type) => (isJson(type) ? unreadJson : type)));
  // nothing is read here: the caller must be known first
  for (const mediaType of mediaTypes) server.addContentTypeParser(mediaType, (_request, _payload, done) => done(null));
  const addresses = new Set(uploads.map((route) => compileRoute(route).address));
  server.addHook('onRequest', (request, _reply, done) => {
    if (!addresses.has(request.routeOptions.url ?? '')) limitArrival(request);
    // the router would read it: signed bytes are checked before they are parsed
    else if (isJson(request.headers['content-type'] ?? '')) request.raw.headers['content-type'] = unreadJson;
    done();
  });
}

function isJson(mediaType: string): boolean {
  return /^application\/json(?:;|$)/iu.test(mediaType);
}

/** A body that comes too slowly ends with its connection. */
function limitArrival({ raw, headers }: FastifyRequest): void {
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
  const impatience = setTimeout(() => raw.destroy(), limits.requestMsMax);
  raw.once('end', () => clearTimeout(impatience));
  raw.once('close', () => clearTimeout(impatience));
}
