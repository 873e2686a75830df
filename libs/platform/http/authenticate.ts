import type { Route } from '@lib/contract';
import type { FastifyRequest } from 'fastify';
import { hashSecret, isSecret } from './bearer-secret.ts';
import type { Caller } from './call.ts';
import { checkCookieRequest } from './check-cookie-request.ts';
import type { Door } from './door.ts';
import { readSessionCookie } from './session-cookie.ts';
import { RefusedCall } from './to-problem.ts';

const ranks = { none: 0, read: 1, write: 2, admin: 3 } as const;

/**
 * Finds out who calls and whether the credential reaches as far as the route. Every request looks its credential up, so that a
 * revocation counts at once. The tenant comes from the credential and from nothing that the request says.
 * Errors: `identity.unauthenticated`, `identity.scope_too_small`, `http.rate_limited`, and those of `checkCookieRequest`.
 */
export async function authenticate(door: Door, route: Route, request: FastifyRequest): Promise<Caller> {
  const presented = presentedSecret(request);
  const credential = presented === undefined ? undefined : await door.findCredential(hashSecret(presented.secret));
  if (presented === undefined || credential === undefined) throw new RefusedCall('identity.unauthenticated');
  if (presented.byCookie) checkCookieRequest(door, request);
  const waitSeconds = door.perCredential.take(`${credential.tenantId}/${credential.subjectId}`);
  if (waitSeconds > 0) throw new RefusedCall('http.rate_limited', { retryAfterSeconds: waitSeconds });
  if (ranks[credential.scope] < ranks[route.scope]) throw new RefusedCall('identity.scope_too_small');
  const actor = { type: credential.kind, id: credential.subjectId };
  return { tenantId: credential.tenantId, actor, requestId: request.id, pass: credential.pass };
}

type Presented = { readonly secret: string; readonly byCookie: boolean };

/** A header wins over a cookie: whoever sets one means it. What does not look like a secret of ours is not looked up. */
function presentedSecret(request: FastifyRequest): Presented | undefined {
  const { authorization, cookie } = request.headers;
  const byCookie = authorization === undefined;
  const secret = byCookie ? readSessionCookie(cookie) : /^Bearer +(\S+)$/iu.exec(authorization)?.[1];
  return secret !== undefined && isSecret(secret) ? { secret, byCookie } : undefined;
}
