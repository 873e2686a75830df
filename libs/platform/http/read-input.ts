import { limits, type Problem, type Route } from '@lib/contract';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { RefusedCall } from './to-problem.ts';

/** The places that input comes from, each parsed once by the route's own schema. */
export type Input = { readonly params: unknown; readonly query: unknown; readonly body: unknown; readonly headers: unknown };

/** Parses what a request brings. Errors: `http.request_invalid`, with the names of the members that do not fit; `http.media_type_unsupported`. */
export function readInput(route: Route, request: FastifyRequest): Input {
  // read by nobody: bytes of a media type that another address takes
  if (route.body !== undefined && request.body === undefined && isOther(request.headers['content-type'])) {
    throw new RefusedCall('http.media_type_unsupported');
  }
  return {
    params: parsePart(route.params, request.params, 'path'),
    query: parsePart(route.query, request.query, 'query'),
    body: parsePart(route.body, request.body, 'body'),
    headers: parsePart(route.headers, request.headers, 'header'),
  };
}

/** Parses what came from one place; nothing where nothing is taken. Errors: `http.request_invalid`. */
export function parsePart<S extends z.ZodType>(schema: S, given: unknown, where: string): z.output<S>;
export function parsePart(schema: z.ZodType | undefined, given: unknown, where: string): unknown;
export function parsePart(schema: z.ZodType | undefined, given: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(given);
  // Postgres text cannot hold NUL, and no name or path means one
  if (parsed.success && holdsNul(parsed.data)) throw new RefusedCall('http.request_invalid', { errors: [nulError(where)] });
  if (parsed.success) return parsed.data;
  throw new RefusedCall('http.request_invalid', { errors: namesOf(parsed.error, where) });
}

function nulError(where: string): NonNullable<Problem['errors']>[number] {
  return { path: where, message: 'contains NUL' };
}

/** The depth is that of the schema: what it does not name was stripped or refused. */
function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\u0000');
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNul);
}

function namesOf(error: z.ZodError, where: string): Problem['errors'] {
  return error.issues.slice(0, limits.problemErrorsMax).map((issue) => ({
    path: [where, ...issue.path.map(String)].join('.').slice(0, limits.noteCharsMax),
    message: issue.message.slice(0, limits.noteCharsMax),
  }));
}

function isOther(mediaType: string | undefined): boolean {
  return mediaType !== undefined && !mediaType.toLowerCase().startsWith('application/json');
}
