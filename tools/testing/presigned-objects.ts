import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An object server that honours presigned URLs as S3 does: it computes the signature anew and compares, holds a URL to its method, its key and
 * its time, and makes an object only once under `If-None-Match: *`. Protocol tests only: it proves nothing about S3.
 */
export type PresignedObjects = {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
  /** By key, without the bucket. */
  readonly objects: Map<string, Buffer>;
  /** Every request by a presigned URL, and every refusal, in order. */
  readonly seen: { readonly method: string; readonly key: string; readonly status: number; readonly presigned: boolean }[];
  /** Misbehaviours. `aheadMs` moves the server's clock. */
  readonly faults: { aheadMs: number; truncates: (key: string) => boolean; refuses: (method: string, key: string) => number | undefined };
  readonly stop: () => Promise<void>;
};

type Answer = { readonly status: number; readonly body?: Buffer | string };
const refusal = (status: number, code: string): Answer => ({ status, body: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>` });

/** Starts the server on a free port of the loopback, with one bucket and one pair of keys. */
export async function startPresignedObjects(): Promise<PresignedObjects> {
  const bucket = 'transfer';
  const credentials = { accessKeyId: 'local', secretAccessKey: createHash('sha256').update('of this test alone').digest('hex') };
  const objects = new Map<string, Buffer>();
  const seen: PresignedObjects['seen'] = [];
  const faults: PresignedObjects['faults'] = { aheadMs: 0, truncates: () => false, refuses: () => undefined };

  const answer = (request: IncomingMessage, body: Buffer): Answer => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const key = decodeURIComponent(url.pathname).slice(`/${bucket}/`.length);
    const { method = 'GET' } = request;
    const presigned = url.searchParams.has('X-Amz-Signature');
    const given = authorize(request, url) ?? (presigned ? stumble(method, key) : undefined) ?? act({ method, key, url, request, body });
    seen.push({ method, key, status: given.status, presigned });
    return given;
  };
  const stumble = (method: string, key: string): Answer | undefined => {
    const status = faults.refuses(method, key);
    return status === undefined ? undefined : refusal(status, 'SlowDown');
  };
  const authorize = (request: IncomingMessage, url: URL): Answer | undefined => {
    if (!url.searchParams.has('X-Amz-Signature')) {
      const signed = request.headers.authorization?.startsWith(`AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/`) === true;
      return signed ? undefined : refusal(403, 'AccessDenied');
    }
    const since = parseAmzDate(url.searchParams.get('X-Amz-Date') ?? '');
    const lives = Number(url.searchParams.get('X-Amz-Expires')) * 1000;
    if (Date.now() + faults.aheadMs > since + lives) return refusal(403, 'AccessDenied');
    const expected = signatureOf(request, url, credentials.secretAccessKey);
    const found = Buffer.from(url.searchParams.get('X-Amz-Signature') ?? '', 'hex');
    return expected.length === found.length && timingSafeEqual(expected, found) ? undefined : refusal(403, 'SignatureDoesNotMatch');
  };
  const act = ({
    method,
    key,
    url,
    request,
    body,
  }: {
    method: string;
    key: string;
    url: URL;
    request: IncomingMessage;
    body: Buffer;
  }): Answer => {
    if (key === '' && method === 'GET') return list(url);
    const there = objects.get(key);
    if (method === 'PUT') {
      if (request.headers['if-none-match'] === '*' && there !== undefined) return refusal(412, 'PreconditionFailed');
      objects.set(key, body);
      return { status: 200 };
    }
    if (method === 'DELETE') {
      objects.delete(key);
      return { status: 204 };
    }
    if (there === undefined) return refusal(404, 'NoSuchKey');
    return { status: 200, body: faults.truncates(key) ? there.subarray(0, there.length - 1) : there };
  };
  const list = (url: URL): Answer => {
    const keys = [...objects.keys()].filter((key) => key.startsWith(url.searchParams.get('prefix') ?? '')).slice(0, 1000);
    const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    return { status: 200, body: `<ListBucketResult><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>` };
  };

  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const { status, body = '' } = answer(incoming, Buffer.concat(parts));
      outgoing.writeHead(status, { 'content-length': Buffer.byteLength(body) });
      outgoing.end(incoming.method === 'HEAD' ? undefined : body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
    bucket,
    objects,
    seen,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parseAmzDate(text: string): number {
  const [, day = '', time = ''] = /^(\d{8})T(\d{6})Z$/u.exec(text) ?? [];
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}Z`);
}

// Source: AWS, "Authenticating requests: using query parameters (Signature Version 4)".
function signatureOf(request: IncomingMessage, url: URL, secret: string): Buffer {
  const [, day = '', region = '', service = ''] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&');
  const names = (url.searchParams.get('X-Amz-SignedHeaders') ?? '').split(';');
  const headers = names.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`).join('');
  const path = url.pathname
    .split('/')
    .map((part) => encode(decodeURIComponent(part)))
    .join('/');
  const canonical = [request.method, path, query, headers, names.join(';'), 'UNSIGNED-PAYLOAD'].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date') ?? '', scope, digest].join('\n');
  const hmac = (key: Buffer | string, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  return hmac(hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), service), 'aws4_request'), text);
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
