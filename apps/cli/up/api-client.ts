import { openAsBlob } from 'node:fs';
import { limits, problemSchema, scanProgressSchema, type ScanProgress } from '@lib/contract';
import { Fault, SECOND_MS } from '@lib/kernel';
import type { z } from 'zod';

const requestMs = 30 * SECOND_MS;
const reconnectsMax = 600; // the API may be killed and come back while a scan runs
const reconnectMs = 500;

/** A file that is sent. The media type is what the route takes: the server looks at the bytes. */
export type UploadedFile = { readonly file: string; readonly mediaType: string };

/** What start-up needs from our own API: it uses the same door as any customer. */
export type ApiClient = {
  readonly get: <T>(path: string, schema: z.ZodType<T>) => Promise<T>;
  readonly post: <T>(path: string, body: unknown, schema: z.ZodType<T>) => Promise<T>;
  readonly remove: (path: string) => Promise<void>;
  /** Gives a file's bytes as they come. */
  readonly download: (path: string) => Promise<ReadableStream<Uint8Array>>;
  /** Sends a file as it is; what it is, the server sees by its bytes. */
  readonly upload: <T>(path: string, file: UploadedFile, schema: z.ZodType<T>) => Promise<T>;
  readonly follow: (scanId: string, onProgress: (progress: ScanProgress) => void, signal: AbortSignal) => Promise<void>;
};

/** A client of the API at `base`, acting with `token`. Errors: Fault `up.api_refused` with the answer's code. */
export function apiClient(base: string, token: string): ApiClient {
  const headers = { authorization: `Bearer ${token}` };
  const call = async <T>(path: string, init: RequestInit, schema: z.ZodType<T>): Promise<T> => {
    const answer = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(requestMs), ...init });
    const body: unknown = await answer.json();
    if (!answer.ok) throw refused(path, body);
    return schema.parse(body);
  };
  return {
    get: (path, schema) => call(path, { headers }, schema),
    post: (path, body, schema) => call(path, { method: 'POST', ...(body === undefined ? { headers } : jsonOf(headers, body)) }, schema),
    remove: async (path) => {
      const answer = await fetch(`${base}${path}`, { method: 'DELETE', headers, signal: AbortSignal.timeout(requestMs) });
      if (!answer.ok) throw refused(path, await answer.json());
    },
    download: async (path) => {
      const answer = await fetch(`${base}${path}`, { headers });
      if (!answer.ok || answer.body === null) throw refused(path, await answer.json());
      return answer.body;
    },
    upload: async (path, { file, mediaType }, schema) => {
      const body = await openAsBlob(file);
      const type = { 'content-type': mediaType };
      return call(
        path,
        { method: 'POST', headers: { ...headers, ...type }, body, signal: AbortSignal.timeout(limits.uploadMsMax) },
        schema,
      );
    },
    follow: (scanId, onProgress, signal) => follow(`${base}/v1/scans/${scanId}/events`, headers, { onProgress, signal }),
  };
}

function jsonOf(headers: Readonly<Record<string, string>>, body: unknown): Pick<RequestInit, 'headers' | 'body'> {
  return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function refused(path: string, body: unknown): Fault {
  const code = problemSchema.safeParse(body).data?.code ?? 'no code';
  return new Fault('up.api_refused', { internal: `${path}: ${code}`, public: `the API refused ${path}: ${code}` });
}

type Following = { readonly onProgress: (progress: ScanProgress) => void; readonly signal: AbortSignal };

// Reads server-sent events until the scan has ended; a broken stream is taken up again where it stopped.
async function follow(url: string, headers: Readonly<Record<string, string>>, { onProgress, signal }: Following): Promise<void> {
  let lastEventId = '';
  for (let attempt = 0; attempt < reconnectsMax && !signal.aborted; attempt++) {
    try {
      const answer = await fetch(url, { headers: { ...headers, ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }) }, signal });
      if (answer.ok && answer.body !== null) {
        for await (const event of serverSentEvents(answer.body)) {
          lastEventId = event.id === '' ? lastEventId : event.id;
          const progress = scanProgressSchema.parse(JSON.parse(event.data));
          onProgress(progress);
          if (progress.stage === 'done') return;
        }
      }
    } catch {
      // the API is away for a moment: what counts is the state that the next connection tells
    }
    await new Promise((resolve) => setTimeout(resolve, reconnectMs));
  }
}

async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ readonly id: string; readonly data: string }> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const lines = buffer.slice(0, end).split('\n');
      buffer = buffer.slice(end + 2);
      const field = (name: string): string =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim() ?? '';
      if (field('data') !== '') yield { id: field('id'), data: field('data') };
    }
  }
}
