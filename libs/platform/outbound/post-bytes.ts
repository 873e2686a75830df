import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { limits } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import { type AddressRefused, type Reach, findAddress, publicReach } from './find-address.ts';
import { pinned } from './pinned-lookup.ts';

/** One request. `headers` hold what authenticates it and are written nowhere. Units: bytes, ms. */
export type Post = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Roots in PEM instead of the public ones. */
  readonly ca?: string | undefined;
  readonly reach?: Reach | undefined;
  readonly wallMs?: number | undefined;
};

export type PostError =
  AddressRefused | { readonly code: 'outbound.url_refused' | 'outbound.broken_off' | 'outbound.too_slow' | 'outbound.certificate_refused' };

/**
 * Posts bytes to an address that a customer named: resolved once, checked, pinned; never followed anywhere else, because what it carries
 * is for this address. The head of the answer counts; of its body at most `limits.sinkAnswerBytesMax` are kept.
 * Errors: `PostError`. Source: CWE-918.
 */
export async function postBytes(post: Post): Promise<Result<{ readonly status: number; readonly text: string }, PostError>> {
  const reach = post.reach ?? publicReach;
  const url = URL.parse(post.url);
  if (url === null || !reach.protocols.some((protocol) => protocol === url.protocol) || url.username !== '' || url.password !== '')
    return err({ code: 'outbound.url_refused' });
  const address = await findAddress(reach, url.hostname);
  if (!address.ok) return address;
  const signal = AbortSignal.timeout(post.wallMs ?? limits.sinkMs);
  const options: RequestOptions = {
    method: 'POST',
    signal,
    agent: false,
    lookup: pinned(address.value),
    maxHeaderSize: limits.downloadHeaderBytesMax,
    headers: { 'user-agent': 'aegis', 'content-length': String(post.body.length), ...post.headers },
  };
  try {
    return ok(await send(url, { ...options, ...(post.ca === undefined ? {} : { ca: post.ca }) }, post.body));
  } catch (error) {
    return err({ code: signal.aborted ? 'outbound.too_slow' : networkCode(error) });
  }
}

/** What a failure below HTTP means for whoever set the address up. */
export function networkCode(error: unknown): 'outbound.certificate_refused' | 'outbound.broken_off' {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME/u.test(code) ? 'outbound.certificate_refused' : 'outbound.broken_off';
}

async function send(url: URL, options: RequestOptions, body: Uint8Array): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
  sent.on('error', reject);
  sent.end(body);
  const answer = await promise;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > limits.sinkAnswerBytesMax) break; // leaving the loop ends the connection
    parts.push(part);
  }
  return { status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') };
}
