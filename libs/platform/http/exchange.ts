import type { FastifyReply, FastifyRequest } from 'fastify';

/** The two sides of one request. */
export type Exchange = { readonly request: FastifyRequest; readonly reply: FastifyReply };
