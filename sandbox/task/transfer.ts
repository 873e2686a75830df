import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';

/** Objects behind presigned URLs. A URL is its own permission; nothing else goes along. */
export type Transfer = {
  /** The whole object; undefined when it is not there, or not for this URL any more. Errors: Fault `task.transfer_failed`. */
  readonly read: (url: string, bytesMax: number) => Promise<Uint8Array | undefined>;
  /** The object as a stream, once: whoever reads it to its end has it. */
  readonly open: (url: string) => Promise<AsyncIterable<Uint8Array> | undefined>;
  /** True when it is stored now; false when the URL does not allow it any more. Errors: Fault `task.transfer_failed`. */
  readonly write: (url: string, bytes: Uint8Array) => Promise<boolean>;
};

const missing = [403, 404]; // a store that may not be listed says 403 of what is not there
const alreadyThere = 412; // our own write, of which the answer got lost: nobody else has the URL

/** Over `fetch`, which Node brings: HTTPS, no redirects, bounded tries that wait longer each time, and a bound on each. */
export function httpTransfer(signal: AbortSignal): Transfer {
  const ask = (url: string, init: RequestInit, timeoutMs: number): Promise<Response> =>
    fetch(url, { ...init, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
  return {
    read: (url, bytesMax) =>
      persist(signal, async () => {
        const answer = await ask(url, {}, limits.taskRequestMs);
        if (missing.includes(answer.status)) return undefined;
        return readBody(expectOk(answer), bytesMax);
      }),
    open: (url) =>
      persist(signal, async () => {
        const answer = await ask(url, {}, limits.taskTransferMsMax);
        return missing.includes(answer.status) ? undefined : chunksOf(expectOk(answer));
      }),
    write: (url, bytes) =>
      persist(signal, async () => {
        const answer = await ask(url, { method: 'PUT', body: Buffer.from(bytes), headers: { 'if-none-match': '*' } }, limits.taskRequestMs);
        await answer.body?.cancel();
        if (missing.includes(answer.status)) return false;
        if (answer.status !== alreadyThere) expectOk(answer);
        return true;
      }),
  };
}

async function persist<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= limits.taskRequestAttemptsMax || signal.aborted) {
        throw new Fault('task.transfer_failed', { internal: `gave up after ${String(tried)} tries`, cause: error });
      }
      await pause(limits.taskPollMs * tried, undefined, { signal });
    }
  }
}

function expectOk(answer: Response): Response {
  if (!answer.ok) throw new Fault('task.transfer_failed', { internal: `status ${String(answer.status)}` });
  return answer;
}

async function readBody(answer: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of chunksOf(answer)) {
    bytes += part.byteLength;
    if (bytes > bytesMax) throw new Fault('task.transfer_failed', { internal: 'an object larger than it may be' });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function* chunksOf(answer: Response): AsyncGenerator<Uint8Array> {
  if (answer.body === null) return;
  for await (const chunk of answer.body) yield chunk;
}
