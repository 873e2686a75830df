import { assert, present } from '@lib/kernel';
import type { Route } from '@lib/contract';
import { Req, RequestMapping, RequestMethod, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerCall } from './answer-call.ts';
import type { Call, Handler } from './call.ts';
import { compileRoute } from './compile-route.ts';

const methods = {
  GET: RequestMethod.GET,
  POST: RequestMethod.POST,
  PUT: RequestMethod.PUT,
  PATCH: RequestMethod.PATCH,
  DELETE: RequestMethod.DELETE,
} as const;

/**
 * Makes a controller's method the handler of a route of the contract: method and path are registered from it, input is parsed and the
 * answer is stripped by its schemas, and the caller is known before the method runs. There is no other way to add an endpoint, so
 * there is none without these. What the method throws ends in the problem filter.
 */
export function Handle<const R extends Route>(route: R) {
  const compiled = compileRoute(route);
  return <F extends Handler<R>>(target: object, name: string, descriptor: TypedPropertyDescriptor<F>): void => {
    const handler = present(descriptor.value, 'a decorated method');
    // Nest maps methods of the prototype. This one speaks HTTP, so that the decorated one need not.
    const served = {
      value: function serve(this: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
        return answerCall(compiled, { request, reply }, (call) => {
          assert(isCallOf(route, call), 'the call was parsed by this route');
          return handler.call(this, call);
        });
      },
      configurable: true,
    };
    const servedName = `${name}OverHttp`;
    Object.defineProperty(target, servedName, served);
    RequestMapping({ path: compiled.address, method: methods[route.method] })(target, servedName, served);
    Req()(target, servedName, 0);
    Res()(target, servedName, 1);
  };
}

/** The call's members were parsed by the schemas of the route it carries, so the route decides its type. */
function isCallOf<R extends Route>(route: R, call: { readonly route: Route }): call is Call<R> {
  return call.route === route;
}
