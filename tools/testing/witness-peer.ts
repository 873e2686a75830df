import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AddCheckpoint,
  type KeyKind,
  type NoteSigner,
  type VerifierKey,
  cosignNote,
  parseAddCheckpoint,
  parseCheckpoint,
  readNote,
  sameHash,
  verifierKey,
  verifyConsistency,
} from '@lib/engine/tlog';
import { selfSigned } from './self-signed.ts';

/** A witness by the letter of C2SP tlog-witness: it has its own key and its own memory of each log, and takes nobody's word. */
export type WitnessPeer = {
  readonly key: VerifierKey;
  readonly url: string;
  readonly ca: string;
  /** Logs that it knows, by their key; another origin is answered 404. */
  readonly trust: (log: VerifierKey) => void;
  /** Size that it cosigned last for an origin. */
  readonly sizeOf: (origin: string) => bigint;
  /** While set, every request is answered like this instead: an outage. */
  failWith: number | undefined;
  readonly statuses: number[];
  readonly stop: () => Promise<void>;
};

// One for all: a client picks an issuer by its name, and all of these have the same.
const tls = selfSigned();

type Seen = { readonly size: bigint; readonly root: Uint8Array };

/** Starts one on a free port of this machine, over TLS. */
export async function startWitness(kind: KeyKind = 'cosignature'): Promise<WitnessPeer> {
  const pair = kind === 'cosignature-ml-dsa-44' ? generateKeyPairSync('ml-dsa-44') : generateKeyPairSync('ed25519');
  const signer: NoteSigner = {
    key: verifierKey(`witness.test/${kind}`, pair.publicKey, kind),
    sign: (message) => Promise.resolve(sign(null, message, pair.privateKey)),
  };
  const logs = new Map<string, VerifierKey>();
  const seen = new Map<string, Seen>();
  const server = createServer(tls, (request, response) => void serve(request, response));
  const peer = {
    key: signer.key,
    url: '',
    ca: tls.cert,
    trust: (log: VerifierKey) => void logs.set(log.name, log),
    sizeOf: (origin: string) => seen.get(origin)?.size ?? 0n,
    failWith: undefined as number | undefined,
    statuses: [] as number[],
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += String(part);
    const answer =
      peer.failWith === undefined ? await decide({ signer, logs, seen }, request.url ?? '', body) : { status: peer.failWith, text: '' };
    peer.statuses.push(answer.status);
    response.writeHead(answer.status, { 'content-type': answer.status === 409 ? 'text/x.tlog.size' : 'text/plain' }).end(answer.text);
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  const port = typeof place === 'object' && place !== null ? place.port : 0;
  return Object.assign(peer, { url: `https://127.0.0.1:${String(port)}/w` });
}

type Memory = { readonly signer: NoteSigner; readonly logs: ReadonlyMap<string, VerifierKey>; readonly seen: Map<string, Seen> };
type Decision = { readonly status: number; readonly text: string };

async function decide(memory: Memory, path: string, body: string): Promise<Decision> {
  const asked = parseAddCheckpoint(body);
  if (path !== '/w/add-checkpoint' || !asked.ok) return { status: 400, text: '' };
  const log = memory.logs.get(asked.value.checkpoint.split('\n')[0] ?? '');
  if (log === undefined) return { status: 404, text: '' };
  const note = readNote(Buffer.from(asked.value.checkpoint), [log]);
  if (!note.ok) return { status: 403, text: '' };
  const head = parseCheckpoint(note.value.text);
  if (!head.ok || asked.value.oldSize > head.value.size) return { status: 400, text: '' };
  const refusal = refusalOf(memory.seen.get(log.name), head.value, asked.value);
  if (refusal !== undefined) return refusal;
  memory.seen.set(log.name, head.value);
  return { status: 200, text: await cosignNote(note.value.text, memory.signer, BigInt(Math.floor(Date.now() / 1000))) };
}

function refusalOf(known: Seen | undefined, next: Seen, { oldSize, proof }: AddCheckpoint): Decision | undefined {
  if ((known?.size ?? 0n) !== oldSize) return { status: 409, text: `${String(known?.size ?? 0n)}\n` };
  if (known === undefined) return proof.length > 0 ? { status: 422, text: '' } : undefined;
  if (extendsKnown(known, next, proof)) return undefined;
  return known.size === next.size && !sameHash(known.root, next.root)
    ? { status: 409, text: `${String(next.size)}\n` }
    : { status: 422, text: '' };
}

function extendsKnown(known: Seen, next: Seen, proof: readonly Uint8Array[]): boolean {
  return verifyConsistency({ firstSize: known.size, firstRoot: known.root, secondSize: next.size, secondRoot: next.root, proof }).ok;
}
