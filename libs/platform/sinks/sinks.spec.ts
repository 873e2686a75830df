import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SinkTarget, tenantIdSchema } from '@lib/contract';
import { leafHash } from '@lib/engine/tlog';
import type { Reach } from '@lib/platform/outbound';
import { type S3Server, startS3Server } from '../../../tools/testing/s3-server.ts';
import { selfSigned } from '../../../tools/testing/self-signed.ts';
import { type Delivery, isSigningSecret, openDeliver } from './index.ts';

const pair = selfSigned();
const tenantId = tenantIdSchema.parse('00000000-0000-4000-8000-000000000001');
const loopback: Reach = { mayReach: (address) => address === '127.0.0.1', resolve: () => Promise.resolve([]), protocols: ['https:'] };
const nowMs = 1_790_000_000_123;
const clock = { nowMs: () => nowMs };
const deliver = openDeliver({ clock, reach: loopback, wallMs: 2_000 });
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const entries = ['success', 'denied'].map((outcome, at) =>
  JSON.stringify({ action: 'finding.read', id: `e${String(at)}`, occurredAt: '2026-01-02T03:04:05.678Z', outcome, who: 'Zoë "]' }),
);
const delivery: Delivery = {
  sinkId: 'sink-1',
  tenantId,
  log: 'audit.test/t/1',
  from: 41,
  leaves: entries.map((entry) => ({ entry: Buffer.from(entry), hash: leafHash(Buffer.from(entry)) })),
};
const hashes = delivery.leaves.map(({ hash }) => Buffer.from(hash).toString('hex'));

type Asked = { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: Buffer };
let asked: Asked[] = [];
let answer: (response: ServerResponse) => void;
const server = createServer(pair, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    asked.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) });
    answer(response);
  });
});
let origin: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answer = (response) => void response.end('{"text":"Success","code":0}');
});
const refused = (code: string) => ({ ok: false, error: { code } });

describe('a webhook', () => {
  const target = (changes: Partial<Extract<SinkTarget, { kind: 'webhook' }>> = {}): SinkTarget => ({
    kind: 'webhook',
    url: `${origin}/audit`,
    ca: pair.cert,
    ...changes,
  });

  it('gets_the_hashed_bytes_with_their_indexes_signed_as_standard_webhooks_says', async () => {
    expect(await deliver(target(), secret, delivery)).toEqual({ ok: true, value: undefined });
    const [{ headers, body, url } = { headers: {}, body: Buffer.alloc(0), url: '' }] = asked;
    expect(url).toBe('/audit');
    expect(JSON.parse(body.toString())).toEqual({
      type: 'audit.entries',
      log: 'audit.test/t/1',
      from: 41,
      next: 43,
      entries: entries.map((entry, at) => ({ index: 41 + at, leafHash: hashes[at], entry })),
    });
    expect([headers['webhook-id'], headers['webhook-timestamp']]).toEqual(['sink-1.41-43', '1790000000']);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`sink-1.41-43.1790000000.${body.toString()}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  it.each([
    [200, undefined],
    [204, undefined],
    [302, 'sink.refused'],
    [400, 'sink.refused'],
    [410, 'sink.refused'],
    [429, 'sink.unavailable'],
    [503, 'sink.unavailable'],
  ])('that_answers_%i_is_told', async (status, code) => {
    answer = (response) => void response.writeHead(status, { location: `${origin}/elsewhere` }).end();
    expect(await deliver(target(), secret, delivery)).toEqual(code === undefined ? { ok: true, value: undefined } : refused(code));
    expect(asked).toHaveLength(1); // and is not followed elsewhere
  });

  it('whose_certificate_nobody_vouches_for_is_sent_nothing', async () => {
    expect(await deliver(target({ ca: undefined }), secret, delivery)).toEqual(refused('outbound.certificate_refused'));
    expect(asked).toEqual([]);
  });

  it('that_does_not_answer_is_left', async () => {
    answer = () => undefined;
    const quick = openDeliver({ clock, reach: loopback, wallMs: 200 });
    expect(await quick(target(), secret, delivery)).toEqual(refused('outbound.too_slow'));
  });

  it('that_breaks_off_has_taken_nothing', async () => {
    answer = (response) => void response.destroy();
    expect(await deliver(target(), secret, delivery)).toEqual(refused('outbound.broken_off'));
  });

  it.each(['https://127.0.0.1/', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://10.0.0.1/'])(
    'at_%s_is_not_reached_by_the_product',
    async (url) => {
      expect(await openDeliver({ clock })(target({ url }), secret, delivery)).toEqual(refused('outbound.address_refused'));
    },
  );

  it('has_a_secret_of_24_to_64_bytes_in_one_form', () => {
    const of = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;
    expect([of(24), of(64)].every(isSigningSecret)).toBe(true);
    for (const wrong of [of(23), of(65), of(32).slice(6), `${of(32)} `, 'whsec_', of(32).replaceAll('=', '')]) {
      expect(isSigningSecret(wrong), wrong.length.toString()).toBe(false);
    }
  });
});

describe('a Splunk event collector', () => {
  const target = (url = origin): SinkTarget => ({ kind: 'splunk', url, ca: pair.cert });

  it('gets_an_event_an_entry_with_time_and_index', async () => {
    expect(await deliver(target(), 'a-token', delivery)).toEqual({ ok: true, value: undefined });
    expect(asked[0]).toMatchObject({ url: '/services/collector/event', headers: { authorization: 'Splunk a-token' } });
    const events = asked[0]?.body.toString().split('\n') ?? [];
    expect(events.map((event) => JSON.parse(event) as unknown)).toEqual(
      entries.map((entry, at) => ({
        time: 1_767_323_045.678,
        source: 'audit.test/t/1',
        sourcetype: 'aegis:audit',
        fields: { index: String(41 + at), leaf_hash: hashes[at] },
        event: JSON.parse(entry) as unknown,
      })),
    );
    expect(events[0]).toContain(`"event":${entries[0] ?? ''}}`); // byte for byte, so that the hash can be made again
  });

  it.each([
    [200, '{"text":"Server is busy","code":9}', 'sink.refused'],
    [200, 'hello', 'sink.refused'],
    [401, '', 'sink.forbidden'],
    [403, '{"text":"Invalid token","code":4}', 'sink.forbidden'],
    [503, '{"text":"Server is busy","code":9}', 'sink.unavailable'],
  ])('that_answers_%i_%s_has_not_taken_it', async (status, text, code) => {
    answer = (response) => void response.writeHead(status).end(text);
    expect(await deliver(target(`${origin}/services/collector`), 'a-token', delivery)).toEqual(refused(code));
  });
});

describe('a syslog server', () => {
  let received: Promise<string>;
  let breaksOff = false;
  let raw: Socket | undefined;
  const listener = createTlsServer(pair, (socket) => {
    socket.on('error', () => undefined);
    const parts: Buffer[] = [];
    received = new Promise((resolve) => socket.on('end', () => resolve(Buffer.concat(parts).toString('utf8'))));
    socket.on('data', (part: Buffer) => parts.push(part));
    if (breaksOff) socket.once('data', () => raw?.resetAndDestroy());
  });
  listener.on('tlsClientError', () => undefined);
  listener.on('connection', (socket: Socket) => (raw = socket));
  let port: number;
  beforeAll(async () => {
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
  });
  afterAll(() => void listener.close());
  beforeEach(() => {
    breaksOff = false;
  });
  const target = (ca: string | undefined = pair.cert): SinkTarget => ({ kind: 'syslog', host: '127.0.0.1', port, ca });

  it('gets_counted_frames_of_rfc_5424_in_order', async () => {
    expect(await deliver(target(), undefined, delivery)).toEqual({ ok: true, value: undefined });
    let rest = Buffer.from(await received);
    const messages: string[] = [];
    while (rest.length > 0) {
      const space = rest.indexOf(0x20);
      const end = space + 1 + Number(rest.subarray(0, space).toString());
      messages.push(rest.subarray(space + 1, end).toString('utf8'));
      rest = rest.subarray(end);
    }
    expect(messages).toEqual(
      entries.map((entry, at) => {
        const element = `[audit@32473 index="${String(41 + at)}" leafHash="${hashes[at] ?? ''}" log="audit.test/t/1" id="e${String(at)}"]`;
        return `<${at === 0 ? '110' : '108'}>1 2026-01-02T03:04:05.678Z audit.test aegis - finding.read ${element} \uFEFF${entry}`;
      }),
    );
  });

  it('whose_certificate_nobody_vouches_for_is_sent_nothing', async () => {
    const stranger = selfSigned();
    expect(await deliver(target(stranger.cert), undefined, delivery)).toEqual(refused('outbound.certificate_refused'));
  });

  it('that_breaks_off_has_taken_nothing', async () => {
    breaksOff = true;
    expect(await deliver(target(), undefined, delivery)).toEqual(refused('outbound.broken_off'));
  });

  it('that_is_not_there_is_told', async () => {
    expect(await deliver({ kind: 'syslog', host: '127.0.0.1', port: 1 }, undefined, delivery)).toEqual(refused('outbound.broken_off'));
  });
});

describe('a bucket, protocol test', () => {
  let s3: S3Server;
  beforeAll(async () => {
    s3 = await startS3Server();
  });
  afterAll(() => s3.stop());
  const put = (of = delivery) => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const ways = openDeliver({ clock, s3: { endpoint: s3.endpoint, credentials, forcePathStyle: true } });
    return ways({ kind: 's3', bucket: 'audit-logs', region: 'eu-central-1' }, undefined, of);
  };

  it('gets_json_lines_under_the_index_of_the_first_and_a_batch_that_comes_again_replaces_what_it_repeats', async () => {
    expect(await put({ ...delivery, leaves: delivery.leaves.slice(0, 1) })).toEqual({ ok: true, value: undefined });
    expect(await put()).toEqual({ ok: true, value: undefined });
    const puts = s3.requests.filter(({ method }) => method === 'PUT');
    expect(puts.map(({ url, body }) => [url.pathname, body.toString()])).toEqual([
      [`/audit-logs/aegis-audit/${tenantId}/0000000000000041.jsonl`, `${entries[0] ?? ''}\n`],
      [`/audit-logs/aegis-audit/${tenantId}/0000000000000041.jsonl`, `${entries.join('\n')}\n`],
    ]);
  });

  it.each([
    [403, 'sink.forbidden'],
    [404, 'sink.refused'],
    [503, 'sink.unavailable'],
  ])('that_answers_%i_is_told', async (status, code) => {
    s3.faults.status = status;
    expect(await put()).toEqual(refused(code));
    s3.faults.status = undefined;
  });
});
