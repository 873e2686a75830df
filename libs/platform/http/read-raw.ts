import type { Route } from '@lib/contract';
import type { FastifyRequest } from 'fastify';
import type { RawBody } from './call.ts';
import { RefusedCall } from './to-problem.ts';

/** Stands for JSON that nobody is to read before the handler does. */
export const unreadJson = 'application/x-unread-json';

const sha256Bytes = 32;

/**
 * What a request for a route of raw bytes says of them, before any is read. Errors: `http.media_type_unsupported`, `http.body_too_large`,
 * `http.request_invalid` for a digest that is none. Source: RFC 9110, RFC 9530.
 */
export function readRaw(route: Route, request: FastifyRequest): RawBody | undefined {
  if (route.raw === undefined) return undefined;
  const { headers } = request;
  const told = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const mediaType = told === unreadJson ? 'application/json' : told;
  if (!route.raw.mediaTypes.includes(mediaType) || headers['content-encoding'] !== undefined) {
    throw new RefusedCall('http.media_type_unsupported');
  }
  const length = headers['content-length'];
  const bytes = length === undefined ? undefined : Number(length);
  if (bytes !== undefined && bytes > route.raw.bytesMax) throw new RefusedCall('http.body_too_large');
  return { stream: request.raw, bytes, sha256: digestOf(headers['content-digest']) };
}

function digestOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const encoded = /^sha-256=:([A-Za-z0-9+/]{43}=):$/u.exec(String(header))?.[1];
  const digest = Buffer.from(encoded ?? '', 'base64');
  if (digest.byteLength === sha256Bytes) return digest.toString('hex');
  throw new RefusedCall('http.request_invalid', { errors: [{ path: 'header.content-digest', message: 'needs sha-256=:BASE64:' }] });
}
