import { createHash, randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that speaks the part of S3 which our adapter uses and keeps what it was sent. Protocol tests only: it proves nothing about S3. */
export type S3Server = {
  readonly endpoint: string;
  readonly requests: { readonly method: string; readonly url: URL; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[];
  /** Misbehaviours to be found by the adapter. */
  readonly faults: { dropsLock: boolean; dropsEncryption: boolean; status: number | undefined; flipsByte: boolean };
  readonly stop: () => Promise<void>;
};

type Version = {
  readonly id: string;
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  mode: string | undefined;
  until: string | undefined;
  hold: boolean;
};
type Call = { readonly key: string; readonly url: URL; readonly headers: IncomingHttpHeaders; readonly body: Buffer };
type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: Buffer | string };

const refusal = (status: number, code: string): Answer => ({ status, body: `<Error><Code>${code}</Code></Error>` });

/** Starts the server on a free port of the loopback, with one bucket under any name. */
export async function startS3Server(): Promise<S3Server> {
  const objects = new Map<string, Version[]>();
  const faults: S3Server['faults'] = { dropsLock: false, dropsEncryption: false, status: undefined, flipsByte: false };
  const requests: S3Server['requests'] = [];
  const find = ({ key, url }: Call): Version | undefined => {
    const versions = objects.get(key) ?? [];
    const wanted = url.searchParams.get('versionId');
    return wanted === null ? versions.at(-1) : versions.find((version) => version.id === wanted);
  };

  const put = (call: Call): Answer => {
    const { headers, body, key } = call;
    const checksum = createHash('sha256').update(body).digest('base64');
    if (headers['x-amz-checksum-sha256'] !== checksum) return refusal(400, 'BadDigest');
    if (headers['if-none-match'] === '*' && objects.has(key)) return refusal(412, 'PreconditionFailed');
    const metadata = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (name.startsWith('x-amz-meta-') ? [[name, String(value)]] : [])),
    );
    const lock = (name: string) => (faults.dropsLock ? undefined : headers[name]?.toString());
    const version: Version = {
      id: randomUUID(),
      body,
      metadata,
      mode: lock('x-amz-object-lock-mode'),
      until: lock('x-amz-object-lock-retain-until-date'),
      hold: false,
    };
    objects.set(key, [...(objects.get(key) ?? []), version]);
    const encryption = headers['x-amz-server-side-encryption'];
    const echo = encryption === undefined || faults.dropsEncryption ? {} : { 'x-amz-server-side-encryption': String(encryption) };
    return { status: 200, headers: { 'x-amz-version-id': version.id, ...echo } };
  };
  const holding = (call: Call): Answer => {
    const version = find(call);
    if (version === undefined) return refusal(404, 'NoSuchVersion');
    version.hold = call.body.toString().includes('<Status>ON</Status>');
    return { status: 200 };
  };
  const lockOf = (call: Call): Answer => {
    const version = find(call);
    if (version === undefined) return refusal(404, call.url.searchParams.has('versionId') ? 'NoSuchVersion' : 'NoSuchKey');
    if (call.url.searchParams.has('legal-hold'))
      return { status: 200, body: `<LegalHold><Status>${version.hold ? 'ON' : 'OFF'}</Status></LegalHold>` };
    if (version.mode === undefined) return refusal(404, 'NoSuchObjectLockConfiguration');
    const date = `<RetainUntilDate>${version.until ?? ''}</RetainUntilDate>`;
    return { status: 200, body: `<Retention><Mode>${version.mode}</Mode>${date}</Retention>` };
  };
  const retain = (call: Call): Answer => {
    const version = find(call);
    if (version === undefined) return refusal(404, 'NoSuchVersion');
    const [, until = ''] = /<RetainUntilDate>([^<]+)</u.exec(call.body.toString()) ?? [];
    if (version.until !== undefined && Date.parse(until) < Date.parse(version.until)) return refusal(403, 'AccessDenied');
    version.mode = 'COMPLIANCE';
    version.until = until;
    return { status: 200 };
  };
  const read = (call: Call): Answer => {
    const version = find(call);
    if (version === undefined) return refusal(404, 'NoSuchKey');
    const lock =
      version.mode === undefined
        ? {}
        : { 'x-amz-object-lock-mode': version.mode, 'x-amz-object-lock-retain-until-date': version.until ?? '' };
    const body = Buffer.from(version.body);
    if (faults.flipsByte) body.writeUInt8(body.readUInt8(0) ^ 1, 0);
    return { status: 200, headers: { 'x-amz-version-id': version.id, ...version.metadata, ...lock }, body };
  };
  const remove = (call: Call): Answer => {
    const version = find(call);
    if (version?.hold === true) return refusal(403, 'AccessDenied');
    if (version?.until !== undefined && Date.parse(version.until) > Date.now()) return refusal(403, 'AccessDenied');
    const rest = (objects.get(call.key) ?? []).filter((each) => each !== version);
    if (rest.length === 0) objects.delete(call.key);
    else objects.set(call.key, rest);
    return { status: 204 };
  };
  const list = ({ url }: Call): Answer => {
    const after = url.searchParams.get('key-marker') ?? '';
    const max = Number(url.searchParams.get('max-keys') ?? 1000);
    const keys = [...objects.keys()].filter((key) => key.startsWith(url.searchParams.get('prefix') ?? '') && key > after).toSorted();
    const versions = keys.slice(0, max).map((key) => {
      const newest = objects.get(key)?.at(-1);
      return `<Version><Key>${key}</Key><VersionId>${newest?.id ?? ''}</VersionId><Size>${String(newest?.body.length)}</Size></Version>`;
    });
    const more = keys.length > max;
    const next = more ? `<NextKeyMarker>${keys[max - 1] ?? ''}</NextKeyMarker>` : '';
    return {
      status: 200,
      body: `<ListVersionsResult><IsTruncated>${String(more)}</IsTruncated>${next}${versions.join('')}</ListVersionsResult>`,
    };
  };
  const answer = (method: string, call: Call): Answer => {
    if (faults.status !== undefined) return refusal(faults.status, 'InternalError');
    if (call.key === '') return list(call);
    const { searchParams } = call.url;
    if (method === 'PUT') return searchParams.has('retention') ? retain(call) : searchParams.has('legal-hold') ? holding(call) : put(call);
    if (method === 'GET' && (searchParams.has('retention') || searchParams.has('legal-hold'))) return lockOf(call);
    return method === 'DELETE' ? remove(call) : read(call);
  };

  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const { method = 'GET', headers } = incoming;
      const url = new URL(incoming.url ?? '/', 'http://localhost');
      const key = url.pathname.split('/').slice(2).join('/');
      const body = Buffer.concat(parts);
      requests.push({ method, url, headers, body });
      const given = answer(method, { key, url, headers, body });
      const bytes = Buffer.from(given.body ?? '');
      outgoing.writeHead(given.status, { 'content-length': bytes.length, ...given.headers });
      outgoing.end(method === 'HEAD' ? undefined : bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
