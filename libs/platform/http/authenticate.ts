import { roleMay, type Actor, type Route } from '@lib/contract';
import type { FastifyRequest } from 'fastify';
import { hashSecret, isSecret } from './bearer-secret.ts';
import type { Caller } from './call.ts';
import { clientOf } from './client-of.ts';
import { checkCookieRequest } from './check-cookie-request.ts';
import type { Door, KnownCredential } from './door.ts';
import { readSessionCookie } from './session-cookie.ts';
import { RefusedCall } from './to-problem.ts';

const ranks = { none: 0, read: 1, write: 2, admin: 3 } as const;

/** `scim` stands beside the others: it reaches its own, and so does an admin. */
function reaches(scope: Exclude<KnownCredential['scope'], 'ci'>, asked: Route['scope']): boolean {
  if (scope === 'scim') return asked === 'scim';
  return ranks[scope] >= (asked === 'scim' ? ranks.admin : ranks[asked]);
}

/**
 * Finds out who calls, whether the credential reaches as far as the route, and whether its member's role has the permission that the
 * route needs. Every request looks this up, so that a revocation or another role counts at once. The tenant comes from the credential
 * and from nothing that the request says.
 * Errors: `identity.unauthenticated`, `tenant.closing`, `identity.scope_too_small`, `identity.role_forbids`, `http.rate_limited`, and those of `checkCookieRequest`.
 */
export async function authenticate(
  door: Door,
  route: Route,
  request: FastifyRequest,
): Promise<{ readonly caller: Caller; readonly ageing: Ageing | undefined }> {
  const presented = presentedSecret(request, door.secure);
  const credential = presented === undefined ? undefined : await door.findCredential(hashSecret(presented.secret));
  if (presented === undefined || credential === undefined || presented.byCookie !== (credential.kind === 'session'))
    throw new RefusedCall('identity.unauthenticated');
  if (credential.reused) {
    await door.reportReuse(credential, { requestId: request.id, client: clientOf(request) });
    throw new RefusedCall('identity.unauthenticated');
  }
  if (presented.byCookie) checkCookieRequest(door, request);
  const waitSeconds = door.perCredential.take(`${credential.tenantId}/${credential.subjectId}`);
  if (waitSeconds > 0) throw new RefusedCall('http.rate_limited', { retryAfterSeconds: waitSeconds });
  if (credential.closing && route.whileClosing !== true) throw new RefusedCall('tenant.closing');
  refuseTooLittle(route, credential);
  const { tenantId, kind, subjectId, member, pass } = credential;
  const caller = {
    tenantId,
    actor: actorOf(credential),
    requestId: request.id,
    client: clientOf(request),
    pass,
    credential: { kind, id: subjectId },
    member,
    ...(credential.repositoryId === null ? {} : { repositoryId: credential.repositoryId }),
  };
  return { caller, ageing: credential.due ? { secret: presented.secret, endsMs: Date.parse(credential.expiresAt) } : undefined };
}

/** A secret of a session that is to be followed by another, and when the session ends. Units: ms. */
export type Ageing = { readonly secret: string; readonly endsMs: number };

/** The scope bounds a token, the role its member; what belongs to the tenant itself has no role. */
function refuseTooLittle(route: Route, { scope, member }: KnownCredential): void {
  // a workflow's token reaches what is said to be for it, whatever the scope, and nothing else
  if (scope === 'ci' ? route.ci === undefined : !reaches(scope, route.scope)) throw new RefusedCall('identity.scope_too_small');
  if (route.scope !== 'none' && member !== null && !roleMay(member.role, route.needs)) throw new RefusedCall('identity.role_forbids');
}

/** A person acts as the member that they are; a program as the credential that it holds. */
function actorOf({ person, member, kind, subjectId }: KnownCredential): Actor {
  return person && member !== null ? { type: 'member', id: member.id } : { type: kind, id: subjectId };
}

type Presented = { readonly secret: string; readonly byCookie: boolean };

/** A header wins over a cookie: whoever sets one means it. What does not look like a secret of ours is not looked up. */
function presentedSecret(request: FastifyRequest, secure: boolean): Presented | undefined {
  const { authorization, cookie } = request.headers;
  const byCookie = authorization === undefined;
  const secret = byCookie ? readSessionCookie(cookie, secure) : /^Bearer +(\S+)$/iu.exec(authorization)?.[1];
  return secret !== undefined && isSecret(secret) ? { secret, byCookie } : undefined;
}
