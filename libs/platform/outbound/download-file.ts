import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { findAddress, publicReach, type AddressRefused, type Reach } from './find-address.ts';
import { pinned } from './pinned-lookup.ts';

/** One file to fetch. Units: bytes, ms. */
export type Download = {
  readonly url: string;
  /** Sent to the first host only, never after a redirect, and kept nowhere. */
  readonly token?: string;
  /** Hosts that a redirect may lead to. */
  readonly redirectHosts: readonly string[];
  /** What the server called the file when it was fetched last: when it still does, nothing is fetched. */
  readonly knownEtag?: string;
  readonly into: string;
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
  /** For tests; the product reaches the internet over TLS and nothing else. */
  readonly reach?: Reach;
  readonly wallMs?: number;
  readonly idleMs?: number;
};

/** What was fetched. Units: bytes. */
export type Downloaded = { readonly bytes: number; readonly sha256: string; readonly etag?: string };

/** Why nothing was fetched. `status` is the server's. */
export type DownloadError =
  | AddressRefused
  | { readonly code: 'outbound.refused' | 'outbound.unavailable'; readonly status: number }
  | {
      readonly code:
        | 'outbound.not_modified'
        | 'outbound.url_refused'
        | 'outbound.redirect_refused'
        | 'outbound.too_many_redirects'
        | 'outbound.too_large'
        | 'outbound.broken_off'
        | 'outbound.too_slow'
        | 'outbound.encoding_refused'
        | 'outbound.cancelled';
    };

/**
 * Fetches one file by GET into a new file of ours, as it comes. The address is resolved once and pinned; redirects are followed only to named
 * hosts, without the token; length, silence and the whole time are bounded. A file that is not whole is removed by the caller.
 * Errors: `outbound.*`. Anything of our own disk throws. Source: CWE-918, CWE-400, CWE-200.
 */
export async function downloadFile(download: Download): Promise<Result<Downloaded, DownloadError>> {
  const wall = AbortSignal.timeout(download.wallMs ?? limits.downloadWallMs);
  const silence = new AbortController();
  const signal = AbortSignal.any([wall, silence.signal, ...(download.signal === undefined ? [] : [download.signal])]);
  const file = await open(download.into, 'wx', 0o600);
  try {
    return await follow({ ...download, signal, onSilence: () => silence.abort() }, file);
  } catch (error) {
    if (download.signal?.aborted === true) return err({ code: 'outbound.cancelled' });
    if (wall.aborted || silence.signal.aborted) return err({ code: 'outbound.too_slow' });
    if (isNetworkFailure(error)) return err({ code: 'outbound.broken_off' });
    throw error;
  } finally {
    await file.close();
  }
}

type Running = Download & { readonly signal: AbortSignal; readonly onSilence: () => void };

async function follow(download: Running, file: FileHandle): Promise<Result<Downloaded, DownloadError>> {
  const reach = download.reach ?? publicReach;
  let url = parse(download.url, reach);
  for (let hop = 0; hop <= limits.downloadRedirectsMax; hop += 1) {
    if (url === undefined) return err({ code: hop === 0 ? 'outbound.url_refused' : 'outbound.redirect_refused' });
    const address = await findAddress(reach, url.hostname);
    if (!address.ok) return address;
    const answer = await ask(download, { url, address: address.value, withToken: hop === 0 });
    const target = redirectOf(answer, url);
    if (target === undefined) return receive(download, answer, file);
    answer.destroy();
    const next = parse(target, reach);
    url = next !== undefined && download.redirectHosts.includes(next.host) ? next : undefined;
  }
  return err({ code: 'outbound.too_many_redirects' });
}

// No credentials in it: they would be written wherever an address is.
function parse(text: string, reach: Reach): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits =
    url !== undefined && reach.protocols.some((protocol) => protocol === url.protocol) && url.username === '' && url.password === '';
  return fits ? url : undefined;
}

function redirectOf(answer: IncomingMessage, from: URL): string | undefined {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from).href : 'refused:';
}

type Asking = { readonly url: URL; readonly address: string; readonly withToken: boolean };

function ask({ token, knownEtag, signal, idleMs, onSilence }: Running, { url, address, withToken }: Asking): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: 'GET',
    signal,
    agent: false,
    timeout: idleMs ?? limits.downloadIdleMs,
    // the pinned address, whatever the name says by now
    lookup: pinned(address),
    maxHeaderSize: limits.downloadHeaderBytesMax,
    headers: {
      'user-agent': 'aegis',
      accept: '*/*',
      'accept-encoding': 'identity',
      ...(knownEtag === undefined ? {} : { 'if-none-match': knownEtag }),
      ...(withToken && token !== undefined ? { authorization: `Bearer ${token}` } : {}),
    },
  };
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
    sent.once('timeout', onSilence);
    sent.once('error', reject);
    sent.end();
  });
}

async function receive(download: Running, answer: IncomingMessage, file: FileHandle): Promise<Result<Downloaded, DownloadError>> {
  const status = answer.statusCode ?? 0;
  if (status === 304 && download.knownEtag !== undefined) {
    answer.destroy();
    return err({ code: 'outbound.not_modified' });
  }
  const told = answer.headers['content-length'];
  const refused = refusalOf(status, answer.headers['content-encoding'], Number(told ?? 0) > download.bytesMax);
  if (refused !== undefined) {
    answer.destroy();
    return err(refused);
  }
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.byteLength;
    if (bytes > download.bytesMax) return err({ code: 'outbound.too_large' }); // leaving the loop ends the connection
    hash.update(chunk);
    await file.write(chunk);
  }
  if (told !== undefined && Number(told) !== bytes) return err({ code: 'outbound.broken_off' });
  const { etag } = answer.headers;
  return ok({ bytes, sha256: hash.digest('hex'), ...(isEtag(etag) ? { etag } : {}) });
}

// RFC 9110, section 8.8.3; it is sent back as it came.
function isEtag(text: string | undefined): text is string {
  return text !== undefined && /^(?:W\/)?"[\x21\x23-\x7e]{1,200}"$/u.test(text);
}

function refusalOf(status: number, encoding: string | undefined, isTooLarge: boolean): DownloadError | undefined {
  if (status === 429 || status >= 500) return { code: 'outbound.unavailable', status };
  if (status !== 200) return { code: 'outbound.refused', status };
  if (encoding !== undefined && encoding !== 'identity') return { code: 'outbound.encoding_refused' };
  return isTooLarge ? { code: 'outbound.too_large' } : undefined;
}

// What our own disk says has other codes.
function isNetworkFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(?:ECONN|EPIPE$|EHOST|ENET|ETIMEDOUT$|EPROTO$|HPE_|ERR_(?:TLS|SSL|STREAM)|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|ENOTFOUND$|EAI_|ABORT_ERR$)/u.test(
    code,
  );
}
