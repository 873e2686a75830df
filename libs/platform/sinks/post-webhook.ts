import { createHmac } from 'node:crypto';
import type { SinkTarget } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import { postBytes } from '@lib/platform/outbound';
import { type Delivery, type DeliveryError, entryText, hashText } from './delivery.ts';
import type { DeliverOptions } from './deliver-options.ts';

type Webhook = DeliverOptions & { readonly target: Extract<SinkTarget, { kind: 'webhook' }>; readonly secret: string };

/** Whether a secret has the form that webhooks are signed with: `whsec_` and 24 to 64 bytes in base64. Source: Standard Webhooks 1.0. */
export function isSigningSecret(secret: string): boolean {
  const key = keyOf(secret);
  return `whsec_${key.toString('base64')}` === secret && key.length >= 24 && key.length <= 64;
}

/**
 * Posts a batch as one JSON object, signed over id, time and body. The id names the range, so that a batch that comes again and is
 * the same has the same; an index tells each entry that was there before. 2xx takes it.
 * Source: Standard Webhooks 1.0, Signature scheme.
 */
export async function postWebhook(
  { target, secret, clock, reach, wallMs }: Webhook,
  delivery: Delivery,
): Promise<Result<void, DeliveryError>> {
  const { from, leaves, log, sinkId } = delivery;
  const next = from + leaves.length;
  const entries = leaves.map(({ hash, entry }, at) => ({ index: from + at, leafHash: hashText(hash), entry: entryText(entry) }));
  const body = Buffer.from(JSON.stringify({ type: 'audit.entries', log, from, next, entries }), 'utf8');
  const id = `${sinkId}.${String(from)}-${String(next)}`;
  const time = String(Math.floor(clock.nowMs() / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${time}.`).update(body).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${signature}`,
  };
  const answer = await postBytes({ url: target.url, headers, body, ca: target.ca, reach, wallMs });
  if (!answer.ok) return answer;
  const { status } = answer.value;
  if (status >= 200 && status < 300) return ok(undefined);
  return err({ code: status === 429 || status >= 500 ? 'sink.unavailable' : 'sink.refused' });
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/u, ''), 'base64');
}
