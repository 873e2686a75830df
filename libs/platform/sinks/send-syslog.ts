import { once } from 'node:events';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { z } from 'zod';
import { limits, type SinkTarget } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import { findAddress, networkCode, publicReach } from '@lib/platform/outbound';
import { type Delivery, type DeliveryError, entryText, hashText } from './delivery.ts';
import type { DeliverOptions } from './deliver-options.ts';

type Syslog = DeliverOptions & { readonly target: Extract<SinkTarget, { kind: 'syslog' }> };

const eventSchema = z.object({ id: z.string(), action: z.string(), occurredAt: z.iso.datetime(), outcome: z.string() });
const FACILITY = 13; // log audit
const severities = { informational: 6, warning: 4 } as const;

/**
 * Sends a batch over TLS, one octet-counted frame an entry, and closes. Syslog has no acknowledgement: a batch counts as taken when every
 * byte was written and the other side closed the connection in order. Its indexes show what came twice and what is missing.
 * Source: RFC 5424; RFC 5425 sections 4.3 and 4.4.
 */
export async function sendSyslog(
  { target, reach = publicReach, wallMs }: Syslog,
  delivery: Delivery,
): Promise<Result<void, DeliveryError>> {
  const address = await findAddress(reach, target.host);
  if (!address.ok) return address;
  const signal = AbortSignal.timeout(wallMs ?? limits.sinkMs);
  const socket = connect({
    host: address.value,
    port: target.port,
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    ...(target.ca === undefined ? {} : { ca: target.ca }),
  });
  const closed = once(socket, 'close');
  closed.catch(() => undefined);
  try {
    await once(socket, 'secureConnect', { signal });
    await write(socket, delivery, signal);
    socket.resume(); // nothing is expected; unread words would keep the end from coming
    await once(socket, 'close', { signal });
    return ok(undefined);
  } catch (error) {
    return err({ code: signal.aborted ? 'outbound.too_slow' : networkCode(error) });
  } finally {
    socket.destroy();
  }
}

async function write(socket: TLSSocket, delivery: Delivery, signal: AbortSignal): Promise<void> {
  for (const [at, leaf] of delivery.leaves.entries()) {
    const message = Buffer.from(messageOf(delivery, leaf, delivery.from + at), 'utf8');
    const isRoom = socket.write(Buffer.concat([Buffer.from(`${String(message.length)} `, 'latin1'), message]));
    if (!isRoom) await once(socket, 'drain', { signal });
  }
  socket.end();
}

/** One message. The element's number is the one that is reserved for examples (RFC 5612): this product has none of its own. */
function messageOf({ log }: Delivery, { hash, entry }: Delivery['leaves'][number], index: number): string {
  const text = entryText(entry);
  const event = eventSchema.safeParse(parse(text));
  const severity = event.success && event.data.outcome !== 'success' ? severities.warning : severities.informational;
  const time = event.success ? event.data.occurredAt : '-';
  const name = event.success ? event.data.action.replaceAll(/[^\x21-\x7e]/gu, '').slice(0, 32) : '-';
  const host = (log.split('/', 1)[0] ?? '-').slice(0, 255);
  const values = { index: String(index), leafHash: hashText(hash), log, ...(event.success ? { id: event.data.id } : {}) };
  const element = Object.entries(values).map(([key, value]) => `${key}="${value.replaceAll(/["\\\]]/gu, '\\$&')}"`);
  return `<${String(FACILITY * 8 + severity)}>1 ${time} ${host} aegis - ${name} [audit@32473 ${element.join(' ')}] \uFEFF${text}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
