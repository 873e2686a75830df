import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Fault } from '@lib/kernel';
import { describeError } from '@lib/platform/telemetry';
import type { FileAnswer } from './call.ts';
import type { CompiledRoute } from './compile-route.ts';
import type { Door } from './door.ts';
import type { Exchange } from './exchange.ts';

/**
 * Sends a file part by part; a client that reads slowly holds the source back. Its digest is known at its end, so it follows as a
 * trailer. When the source fails the connection is cut before the last chunk, so that half a file is never taken for a whole one.
 * Source: RFC 9530 (digest fields), RFC 9112 (trailers of a chunked message).
 */
export async function sendFile(compiled: CompiledRoute, { request, reply }: Exchange, answer: unknown): Promise<void> {
  if (!isFile(answer)) throw new Fault('http.answer_invalid', { internal: `\`${compiled.route.operationId}\`: not a file` });
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(compiled.status, {
    ...Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)),
    'content-type': 'application/x-tar',
    'content-disposition': `attachment; filename="${answer.name}"`,
    trailer: 'repr-digest',
  });
  const digest = createHash('sha256');
  try {
    for await (const part of answer.parts) {
      if (raw.destroyed) return;
      digest.update(part);
      if (!raw.write(part)) await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
    }
    raw.addTrailers({ 'repr-digest': `sha-256=:${digest.digest('base64')}:` });
    raw.end();
  } catch (error) {
    request.server.getDecorator<Door>('door').log.error('http.file_failed', { requestId: request.id, ...describeError(error) });
    raw.destroy();
  }
}

function isFile(answer: unknown): answer is FileAnswer {
  return typeof answer === 'object' && answer !== null && 'parts' in answer && 'name' in answer;
}
