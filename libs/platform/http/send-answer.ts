import type { FastifyReply } from 'fastify';
import type { CompiledRoute } from './compile-route.ts';

/** Sends a stripped answer. Plain JSON.stringify: schema-compiled serialisers were measured slower on pages of findings. */
export function sendAnswer(compiled: CompiledRoute, reply: FastifyReply, value: unknown): void {
  void reply.code(compiled.status);
  if (value === undefined) void reply.send();
  else void reply.header('content-type', `${compiled.mediaType}; charset=utf-8`).send(JSON.stringify(value));
}
