import type { FastifyRequest } from 'fastify';
import type { Door } from './door.ts';
import { RefusedCall } from './to-problem.ts';

/**
 * A cookie goes along with whatever page asks, so a change by cookie must prove that our own page asked: a header that a foreign page
 * cannot set without a preflight, and an `Origin` that is ours. Reading needs neither: SameSite=Strict and the absence of CORS cover it.
 * Errors: `identity.request_header_missing`, `identity.origin_refused`.
 */
export function checkCookieRequest(door: Pick<Door, 'publicOrigin'>, request: Pick<FastifyRequest, 'method' | 'headers'>): void {
  if (request.method === 'GET') return;
  if (request.headers['x-aegis-request'] !== '1') throw new RefusedCall('identity.request_header_missing');
  if (!isOwnOrigin(request.headers.origin, request.headers.host, door.publicOrigin)) throw new RefusedCall('identity.origin_refused');
}

function isOwnOrigin(origin: string | undefined, host: string | undefined, publicOrigin: string | undefined): boolean {
  if (origin === undefined) return false;
  if (publicOrigin !== undefined) return origin === publicOrigin;
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
