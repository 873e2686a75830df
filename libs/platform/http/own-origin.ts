import type { FastifyRequest } from 'fastify';
import type { Door } from './door.ts';

/** Origin of our page as browsers see it: what an operator set, else what the request says of where it went. */
export function ownOrigin(door: Pick<Door, 'publicOrigin' | 'secure'>, { headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  if (door.publicOrigin !== undefined) return door.publicOrigin;
  return headers.host === undefined ? undefined : `${door.secure ? 'https' : 'http'}://${headers.host}`;
}
