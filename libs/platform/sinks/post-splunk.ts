import { z } from 'zod';
import type { SinkTarget } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import { postBytes } from '@lib/platform/outbound';
import { type Delivery, type DeliveryError, entryText, hashText } from './delivery.ts';
import type { DeliverOptions } from './deliver-options.ts';

type Splunk = DeliverOptions & { readonly target: Extract<SinkTarget, { kind: 'splunk' }>; readonly secret: string };

const takenSchema = z.object({ code: z.literal(0) });
const timeSchema = z.object({ occurredAt: z.iso.datetime() });

/**
 * Posts a batch to a Splunk HTTP event collector: one event object an entry, one after the other. The event is the entry's own bytes, so
 * that its hash can be made again. It is taken when the collector says code 0.
 * Source: Splunk, "Format events for HTTP Event Collector".
 */
export async function postSplunk({ target, secret, reach, wallMs }: Splunk, delivery: Delivery): Promise<Result<void, DeliveryError>> {
  const url = new URL(target.url);
  if (url.pathname === '/') url.pathname = '/services/collector/event';
  const body = Buffer.from(delivery.leaves.map((leaf, at) => eventOf(delivery, leaf, delivery.from + at)).join('\n'), 'utf8');
  const headers = { 'content-type': 'application/json', authorization: `Splunk ${secret}` };
  const answer = await postBytes({ url: url.href, headers, body, ca: target.ca, reach, wallMs });
  if (!answer.ok) return answer;
  const { status, text } = answer.value;
  if (status === 200 && takenSchema.safeParse(parse(text)).success) return ok(undefined);
  if (status === 401 || status === 403) return err({ code: 'sink.forbidden' });
  return err({ code: status === 429 || status >= 500 ? 'sink.unavailable' : 'sink.refused' });
}

function eventOf({ log }: Delivery, { hash, entry }: Delivery['leaves'][number], index: number): string {
  const text = entryText(entry);
  const time = timeSchema.safeParse(parse(text));
  const head = {
    ...(time.success ? { time: Date.parse(time.data.occurredAt) / 1000 } : {}),
    source: log,
    sourcetype: 'aegis:audit',
    fields: { index: String(index), leaf_hash: hashText(hash) },
  };
  return `${JSON.stringify(head).slice(0, -1)},"event":${text}}`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
