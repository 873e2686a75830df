import { lookup } from 'node:dns';
import { request, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { isPublicAddress } from './is-public-address.ts';

/** What a witness answered; 409 carries a size, 200 signature lines. */
export type WitnessAnswer = { readonly status: number; readonly text: string };

/** Sends one `add-checkpoint`. `prefix` is the witness's submission prefix. Faults: `witness.unavailable`, `witness.address_refused`. */
export type AskWitness = (prefix: string, body: string) => Promise<WitnessAnswer>;

/** `allowPrivate`: witnesses inside our own network may be asked too. `ca`: roots in PEM instead of the system's. */
export type WitnessClientOptions = { readonly allowPrivate?: boolean; readonly ca?: string };

/**
 * Opens a client for C2SP tlog-witness v1. The address comes from a customer, so it is HTTPS only, is not followed anywhere else, and
 * does not reach what is not public: the check is made on the address that is connected to, not on the name.
 */
export function openWitnessClient(options: WitnessClientOptions = {}): AskWitness {
  const allowPrivate = options.allowPrivate ?? false;
  return async (prefix, body) => {
    const address = URL.parse(`${prefix.replace(/\/+$/u, '')}/add-checkpoint`);
    if (address?.protocol !== 'https:' || address.username !== '' || address.password !== '') throw refused();
    const literal = address.hostname.replace(/^\[|\]$/gu, '');
    if (!allowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) throw refused();
    return send(address, body, {
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(allowPrivate ? {} : { lookup: publicLookup }),
    });
  };
}

function send(address: URL, body: string, options: RequestOptions): Promise<WitnessAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WitnessAnswer>();
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': Buffer.byteLength(body) };
  const call = request(address, { ...options, method: 'POST', headers, signal: AbortSignal.timeout(limits.witnessMs) }, (answer) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes > limits.witnessAnswerBytesMax) call.destroy(new Error('the answer is too long'));
      else parts.push(part);
    });
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }));
    answer.on('error', fail);
  });
  function fail(error: Error): void {
    // the code alone: a message may quote what the other side sent
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
    reject(error instanceof Fault ? error : new Fault('witness.unavailable', { internal: `the witness at \`${address.host}\`: ${code}` }));
  }
  call.on('error', fail);
  call.end(body);
  return promise;
}

/** Resolves a name to its public addresses alone. */
const publicLookup: LookupFunction = (hostname, options, answer) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      answer(error, '', 0);
      return;
    }
    const allowed = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined) answer(Object.assign(refused(), { errno: 0 }), '', 0);
    else if (options.all === true) answer(null, allowed);
    else answer(null, first.address, first.family);
  });
};

function refused(): Fault {
  return new Fault('witness.address_refused', { internal: 'the address of a witness is not HTTPS, or not public' });
}
