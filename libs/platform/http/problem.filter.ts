import type { Route } from '@lib/contract';
import { describeError } from '@lib/platform/telemetry';
import { Catch, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Door } from './door.ts';
import { isScimAddress, scimProblem } from './scim-problem.ts';
import { RefusedCall, toProblem } from './to-problem.ts';

/** The one place where errors become answers: problem+json with a code and a request id, and nothing from the inside. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #door: Door;
  readonly #routes: readonly { readonly method: string; readonly pattern: RegExp }[];

  constructor(door: Door, routes: readonly Route[]) {
    this.#door = door;
    this.#routes = routes.map((route) => ({
      method: route.method,
      pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/gu, '[^/]+')}$`, 'u'),
    }));
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { problem, retryAfterSeconds, fault } = toProblem(this.#named(error, request, reply), request.id);
    if (fault) this.#door.log.error('http.failed', { requestId: request.id, problem: problem.code, ...describeError(error) });
    if (reply.sent || reply.raw.headersSent) return;
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="aegis"');
    const isScim = isScimAddress(request.url);
    void reply
      .code(problem.status)
      .header('content-type', `application/${isScim ? 'scim' : 'problem'}+json; charset=utf-8`)
      .send(JSON.stringify(isScim ? scimProblem(problem) : problem));
  }

  /** What the router calls not found may be an address that takes other methods. */
  #named(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
    if (!(error instanceof NotFoundException)) return error;
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = this.#routes.filter((route) => route.pattern.test(path)).map((route) => route.method);
    if (allowed.length === 0) return new RefusedCall('http.route_unknown');
    void reply.header('allow', [...new Set(allowed)].join(', '));
    return new RefusedCall('http.method_not_allowed');
  }
}
