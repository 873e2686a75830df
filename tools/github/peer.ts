import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createEmulator } from 'emulate';
import { z } from 'zod';
import { openDescribed } from './described.ts';
import { archivePrefix, fakeAnswer, type FakeState, type PeerAnswer, type PeerApp, type SeenRequest } from './fake-routes.ts';

/** What one answer is replaced by. */
export type Mishap = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/**
 * GitHub on this machine: the emulator (state, App tokens, permissions, signed deliveries), and in front of it what the emulator lacks, by
 * a small fake of ours. Each request of ours and each answer of the fake is held to GitHub's own description; `close` throws, with what did
 * not fit.
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
  const app = makeApp();
  const personToken = `ghp_${randomBytes(18).toString('hex')}`;
  const emulator = await createEmulator({
    service: 'github',
    port: await freePort(),
    seed: { github: seedOf(app, { ...seed, personToken }) },
  });
  const watch = openWatch();
  const planned: { fits: (request: SeenRequest) => boolean; mishap: Mishap }[] = [];
  const state = emptyState(app, seed.permissions ?? reader);
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      watch.breaches.add(`${request.method ?? ''} ${request.url ?? ''}: ${String(error)}`);
      response.writeHead(500).end();
    });
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await bytesOf(request);
    const one = seenOf(request, bytes);
    watch.take(one);
    const at = planned.findIndex(({ fits }) => fits(one));
    const mishap = at < 0 ? undefined : planned.splice(at, 1)[0]?.mishap;
    const answer =
      mishap === undefined
        ? (watch.held(one, await fakeAnswer(state, one, (path) => ask(emulator.url, { ...one, path }))) ??
          (await forward(emulator.url, request, bytes)))
        : { status: mishap.status, headers: mishap.headers ?? {}, body: Buffer.from(mishap.body ?? '{}') };
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body);
  };
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server.address()))));
  return {
    url: `http://127.0.0.1:${String(port)}`,
    app,
    state,
    personToken,
    seen: watch.seen,
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
      if (watch.breaches.size > 0) throw new Error(`not as GitHub describes it:\n${[...watch.breaches].join('\n')}`);
    },
  };
}

function makeApp(): PeerApp {
  return {
    id: 12_345,
    slug: 'aegis-reader',
    pem: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
    webhookSecret: randomBytes(20).toString('hex'),
  };
}

function emptyState(app: PeerApp, permissions: FakeState['permissions']): FakeState {
  return { app, permissions, revoked: new Set(), deliveries: [], redelivered: [], codes: new Map(), archives: new Map() };
}

// Holds what is asked, and what the fake answers, to GitHub's description.
function openWatch() {
  const seen: SeenRequest[] = [];
  const breaches = new Set<string>();
  const described = openDescribed();
  // the host that archives come from is no part of the interface
  const isForeign = ({ path }: SeenRequest): boolean => path.startsWith(archivePrefix);
  return {
    seen,
    breaches,
    take: (request: SeenRequest): void => {
      seen.push(request);
      if (!isForeign(request)) for (const breach of described.request(request)) breaches.add(breach);
    },
    held: (request: SeenRequest, answer: PeerAnswer | undefined): PeerAnswer | undefined => {
      if (answer === undefined || isForeign(request)) return answer;
      for (const breach of described.answer(request, answer.status, parse(answer.body))) breaches.add(breach);
      return answer;
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

// As the description asks, word for word; what nobody here reads is made up.
function offerCode({ app, codes }: FakeState): string {
  const code = randomUUID();
  const at = `https://api.github.com/users/${peerAccount}`;
  const links = ['followers', 'following', 'gists', 'starred', 'subscriptions', 'organizations', 'repos', 'events', 'received_events'];
  const person = {
    login: peerAccount,
    id: 1,
    node_id: 'MDQ6VXNlcjE=',
    avatar_url: `${at}/avatar`,
    gravatar_id: '',
    url: at,
    html_url: `https://github.com/${peerAccount}`,
    ...Object.fromEntries(links.map((name) => [`${name}_url`, `${at}/${name}`])),
    type: 'User',
    site_admin: false,
  };
  codes.set(code, {
    id: app.id,
    node_id: 'MDM6QXBwMQ==',
    slug: app.slug,
    name: 'Aegis Reader',
    description: null,
    external_url: 'https://aegis.test',
    html_url: `https://github.com/apps/${app.slug}`,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    owner: person,
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
