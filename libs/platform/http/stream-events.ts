import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { describeError } from '@lib/platform/telemetry';
import type { CompiledRoute } from './compile-route.ts';
import type { Door } from './door.ts';
import type { Exchange } from './exchange.ts';

type AnyEvent = { readonly id: string; readonly event: string; readonly data: unknown };

/**
 * Sends server-sent events until the source ends, the client leaves or the server closes. Comments in between keep proxies from
 * giving up; a client that reads slowly holds the source back instead of filling our memory.
 * Source: WHATWG HTML, server-sent events.
 */
export async function streamEvents(compiled: CompiledRoute, { request, reply }: Exchange, source: unknown): Promise<void> {
  if (!isEventSource(source)) throw new Fault('http.answer_invalid', { internal: `\`${compiled.route.operationId}\`: not a stream` });
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(compiled.status, {
    ...Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)),
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
    connection: 'close', // a stream's connection ends with it, so that a closing server does not wait for its keep-alive
  });
  raw.write(': open\n\n');
  const heartbeat = setInterval(() => raw.write(': alive\n\n'), limits.eventHeartbeatMs);
  try {
    for await (const event of source) {
      if (raw.destroyed || !(await writeEvent(compiled, raw, event))) break;
    }
  } catch (error) {
    // The head is out, so no problem answer can follow: the client sees the stream end and asks again.
    request.server.getDecorator<Door>('door').log.error('http.stream_failed', { requestId: request.id, ...describeError(error) });
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

async function writeEvent(compiled: CompiledRoute, raw: ServerResponse, { id, event, data }: AnyEvent): Promise<boolean> {
  const checked = compiled.schema?.safeParse(data);
  if (checked?.success !== true) throw new Fault('http.answer_invalid', { internal: `\`${compiled.route.operationId}\`: event` });
  const accepted = raw.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(checked.data)}\n\n`);
  if (!accepted) await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
  return !raw.destroyed;
}

function isEventSource(source: unknown): source is AsyncIterable<AnyEvent> {
  return typeof source === 'object' && source !== null && Symbol.asyncIterator in source;
}
