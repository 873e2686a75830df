import type { FastifyRequest } from 'fastify';
import { isIP } from 'node:net';
import type { CallerClient } from './call.ts';
import { nameClient } from './name-client.ts';

/** Where a request came from, as the log keeps it. An IPv4 address that a socket shows as one of IPv6 is itself again. */
export function clientOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): CallerClient {
  const address = ip.replace(/^::ffff:(?=\d+[.])/iu, '').replace(/%.*$/u, '');
  return { ...(isIP(address) === 0 ? {} : { ip: address }), name: nameClient(headers['user-agent']) };
}
