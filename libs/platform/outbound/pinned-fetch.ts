import type { IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { findAddress, type Reach } from './find-address.ts';

/** Bounds of one request. Units: bytes, ms. */
export type FetchTerms = { readonly reach: Reach; readonly answerBytesMax: number; readonly wallMs: number };

/**
 * `fetch` for clients of other people's: a name is resolved once and the address that was judged is the one that is connected to; answers
 * are bounded in size and time; a redirect is followed to the same origin alone, so that no credential travels.
 * Faults: `outbound.refused_address`, `outbound.answer_too_large`, `outbound.redirect_refused`, `outbound.unreachable`. Source: CWE-918, CWE-400.
 */
export function pinnedFetch(terms: FetchTerms): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const body = asked.body === null ? undefined : Buffer.from(await asked.arrayBuffer());
    let url = new URL(asked.url);
    for (let hop = 0; hop <= limits.downloadRedirectsMax; hop += 1) {
      const answer = await send(terms, { url, method: asked.method, headers: asked.headers, body, signal: init?.signal ?? undefined });
      const target = redirectOf(answer, url);
      if (target === undefined) return await toResponse(terms, answer);
      answer.destroy();
      if (target.origin !== url.origin) throw new Fault('outbound.redirect_refused', { internal: `\`${url.host}\` redirects elsewhere` });
      url = target;
    }
    throw new Fault('outbound.redirect_refused', { internal: `\`${url.host}\` redirects without an end` });
  };
}

type Asking = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Buffer | undefined;
  readonly signal: AbortSignal | undefined;
};

async function send(terms: FetchTerms, asking: Asking): Promise<IncomingMessage> {
  const { url, method, headers, body, signal } = asking;
  if (!terms.reach.protocols.some((protocol) => protocol === url.protocol)) throw refused(url);
  const address = await findAddress(terms.reach, url.hostname);
  if (!address.ok) throw refused(url);
  const options: RequestOptions = {
    method,
    agent: false,
    signal: AbortSignal.any([AbortSignal.timeout(terms.wallMs), ...(signal === undefined ? [] : [signal])]),
    lookup: (_host, given, done) => {
      const family = isIPv6(address.value) ? 6 : 4;
      if (given.all === true) done(null, [{ address: address.value, family }]);
      else done(null, address.value, family);
    },
    maxHeaderSize: limits.downloadHeaderBytesMax,
    headers: {
      ...Object.fromEntries(headers),
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': String(body.byteLength) }),
    },
  };
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
    sent.once('error', (error) => reject(signal?.aborted === true ? error : unreachable(url, error)));
    sent.end(body);
  });
}

// Only where the same request means the same: a changed method would be another request.
function redirectOf(answer: IncomingMessage, from: URL): URL | undefined {
  const { location } = answer.headers;
  if (![301, 302, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
}

const bodiless = [204, 205, 304];

async function toResponse(terms: FetchTerms, answer: IncomingMessage): Promise<Response> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of answer) {
      if (!(part instanceof Uint8Array)) continue;
      bytes += part.byteLength;
      if (bytes > terms.answerBytesMax) throw new Fault('outbound.answer_too_large', { internal: 'an answer was longer than it may be' });
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('outbound.unreachable', { internal: 'an answer broke off', cause: error });
  }
  const status = answer.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined) headers.set(name, String(value));
  return new Response(bodiless.includes(status) ? null : Buffer.concat(parts), { status, headers });
}

function refused(url: URL): Fault {
  return new Fault('outbound.refused_address', { internal: `\`${url.host}\` is not ours to speak to` });
}

function unreachable(url: URL, error: Error): Fault {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return new Fault('outbound.unreachable', { internal: `\`${url.host}\`: ${code}` });
}
