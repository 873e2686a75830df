import type { Route } from '@lib/contract';
import type { FastifyRequest } from 'fastify';
import type { Caller, SignedRequest } from './call.ts';
import type { Door } from './door.ts';
import { ownOrigin } from './own-origin.ts';
import { RefusedCall } from './to-problem.ts';

/**
 * Lets a request through when its route asks for no presence, or when the caller signed exactly this request with a passkey;
 * answers what was signed.
 * Errors: `presence.*`.
 */
export async function requirePresence(
  door: Door,
  route: Route,
  { request, caller }: { readonly request: FastifyRequest; readonly caller: Caller },
): Promise<SignedRequest | undefined> {
  if (route.presence === undefined) return undefined;
  const header = request.headers['x-aegis-presence'];
  const checked = await door.checkPresence(caller, {
    operationId: route.operationId,
    level: route.presence,
    params: request.params,
    body: request.body,
    header: typeof header === 'string' ? header : undefined,
    origin: ownOrigin(door, request),
  });
  if (!checked.ok) throw new RefusedCall(checked.error.code);
  return checked.value;
}
