import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createEmulator } from 'emulate';
import { z } from 'zod';
import { fakeAnswer, type FakeState, type PeerAnswer, type PeerApp, type SeenRequest } from './fake-routes.ts';

/** What one answer is replaced by. */
export type Mishap = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/**
 * GitHub on this machine: the emulator (state, App tokens, permissions, signed deliveries), and in front of it what the emulator lacks, by
 * a small fake of ours. Nothing but us says that the fake's answers are GitHub's.
 */
export type GithubPeer = {
  readonly url: string;
  readonly app: PeerApp;
  readonly state: FakeState;
  /** A token of the person who owns the repositories. */
  readonly personToken: string;
  readonly seen: readonly SeenRequest[];
  /** Replaces the answers to the next requests that fit, once each; what an earlier call has left over is forgotten. */
  readonly spoil: (fits: (request: SeenRequest) => boolean, ...mishaps: readonly Mishap[]) => void;
  /** A code that GitHub gives for a posted manifest, good for the seeded App. */
  readonly offerCode: () => string;
  readonly asPerson: (method: string, path: string, body?: unknown) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** What is seeded. `permissions`: of the App; default is what the Reader's manifest asks for. */
export type PeerSeed = {
  readonly hookUrl?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly repositories?: readonly string[];
};

const reader = { metadata: 'read', contents: 'read', pull_requests: 'read', checks: 'write' };

/** Account and installation of the seed. */
export const peerAccount = 'octocat';
export const peerInstallation = 100;

/** Starts it on free ports of the loopback. Its keys and secrets are made here and now. */
export async function startPeer(seed: PeerSeed = {}): Promise<GithubPeer> {
  const app: PeerApp = {
    id: 12_345,
    slug: 'aegis-reader',
    pem: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
    webhookSecret: randomBytes(20).toString('hex'),
  };
  const personToken = `ghp_${randomBytes(18).toString('hex')}`;
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: { github: seedOf(app, { ...seed, personToken }) },
  });
  const seen: SeenRequest[] = [];
  const planned: { fits: (request: SeenRequest) => boolean; mishap: Mishap }[] = [];
  const state: FakeState = { app, revoked: new Set(), deliveries: [], redelivered: [], codes: new Map(), archives: new Map() };
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await bytesOf(request);
    const one = seenOf(request, bytes);
    seen.push(one);
    const at = planned.findIndex(({ fits }) => fits(one));
    const mishap = at < 0 ? undefined : planned.splice(at, 1)[0]?.mishap;
    const answer =
      mishap === undefined
        ? ((await fakeAnswer(state, one, (path) => ask(emulator.url, { ...one, path }))) ?? (await forward(emulator.url, request, bytes)))
        : { status: mishap.status, headers: mishap.headers ?? {}, body: Buffer.from(mishap.body ?? '{}') };
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body);
  };
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server.address()))));
  return {
    url: `http://127.0.0.1:${String(port)}`,
    app,
    state,
    personToken,
    seen,
    spoil: (fits, ...mishaps) => void planned.splice(0, planned.length, ...mishaps.map((mishap) => ({ fits, mishap }))),
    offerCode: () => offerCode(state),
    asPerson: async (method, path, body) => {
      const answer = await ask(emulator.url, { method, path, token: personToken, body });
      if (answer.status >= 300)
        throw new Error(`${method} ${path}: ${String(answer.status)} ${answer.body.toString('utf8').slice(0, 300)}`);
      return parse(answer.body);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await emulator.close();
    },
  };
}

function seedOf(app: PeerApp, seed: PeerSeed & { readonly personToken: string }) {
  return {
    users: [{ login: peerAccount }],
    tokens: [{ token: seed.personToken, login: peerAccount, scopes: ['repo'] }],
    repos: (seed.repositories ?? ['web']).map((name) => ({ owner: peerAccount, name, auto_init: true })),
    apps: [
      {
        app_id: app.id,
        slug: app.slug,
        name: 'Aegis Reader',
        private_key: app.pem,
        permissions: seed.permissions ?? reader,
        events: ['push', 'pull_request', 'check_run', 'check_suite'],
        ...(seed.hookUrl === undefined ? {} : { webhook_url: seed.hookUrl }),
        webhook_secret: app.webhookSecret,
        installations: [{ installation_id: peerInstallation, account: peerAccount, repository_selection: 'all' }],
      },
    ],
  };
}

async function forward(base: string, request: IncomingMessage, bytes: Buffer): Promise<PeerAnswer> {
  const kept = Object.entries(request.headers).flatMap(([name, value]) =>
    ['authorization', 'content-type', 'accept'].includes(name) && typeof value === 'string' ? [[name, value] as const] : [],
  );
  return send(base, { method: request.method ?? 'GET', path: request.url ?? '/', headers: Object.fromEntries(kept), bytes });
}

function ask(base: string, { method, path, token, body }: SeenRequest): Promise<PeerAnswer> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return send(base, { method, path, headers, bytes: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)) });
}

type Sending = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
};

async function send(base: string, { method, path, headers, bytes }: Sending): Promise<PeerAnswer> {
  const given = bytes.byteLength === 0 ? {} : { body: new Uint8Array(bytes) };
  const answer = await fetch(`${base}${path}`, { method, headers: { ...headers }, ...given });
  const kept = Object.fromEntries([...answer.headers].filter(([name]) => ['content-type', 'link', 'etag'].includes(name)));
  return { status: answer.status, headers: kept, body: Buffer.from(await answer.arrayBuffer()) };
}

function offerCode({ app, codes }: FakeState): string {
  const code = randomUUID();
  codes.set(code, {
    id: app.id,
    slug: app.slug,
    owner: { login: peerAccount, type: 'User' },
    client_id: 'Iv1.0123456789abcdef',
    client_secret: 'a client secret that nobody keeps',
    webhook_secret: app.webhookSecret,
    pem: app.pem,
    permissions: {},
    events: [],
  });
  return code;
}

function seenOf(request: IncomingMessage, bytes: Buffer): SeenRequest {
  const token = /^(?:bearer|token) (\S+)$/iu.exec(request.headers.authorization ?? '')?.[1];
  return { method: request.method ?? 'GET', path: request.url ?? '/', token, body: parse(bytes) };
}

function parse(bytes: Buffer): unknown {
  return bytes.byteLength === 0 ? undefined : JSON.parse(bytes.toString('utf8'));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(z.instanceof(Uint8Array).parse(part));
  return Buffer.concat(parts);
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server.address()))));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function portOf(address: string | { readonly port: number } | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
