import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { paxHeader, paxRecord, tarOf } from '../../sandbox/unpack/testing/build-tar.ts';

/** One request as the peer got it. `body` is what JSON said, or undefined. */
export type SeenRequest = { readonly method: string; readonly path: string; readonly token: string | undefined; readonly body: unknown };

/** A seeded App, and what the forge would have given whoever registered it. */
export type PeerApp = { readonly id: number; readonly slug: string; readonly pem: string; readonly webhookSecret: string };

/** An answer on its way back. */
export type PeerAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };

/** A delivery that the fake lists, and may send again. */
export type FakeDelivery = {
  readonly id: number;
  readonly guid: string;
  readonly delivered_at: string;
  readonly redelivery: boolean;
  readonly duration: number;
  readonly status: string;
  readonly status_code: number;
  readonly event: string;
  readonly action: string | null;
  readonly installation_id: number | null;
  readonly repository_id: number | null;
};

/** What the fake remembers. `archives`: bytes instead of those made of the tree, by commit. */
export type FakeState = {
  readonly app: PeerApp;
  readonly permissions: Readonly<Record<string, string>>;
  readonly revoked: Set<string>;
  readonly deliveries: FakeDelivery[];
  readonly redelivered: number[];
  readonly codes: Map<string, Readonly<Record<string, unknown>>>;
  readonly archives: Map<string, Buffer>;
};

/** Where an archive is sent from, without a token. GitHub has a host of its own for it. */
export const archivePrefix = '/codeload/';

type Ask = (path: string) => Promise<PeerAnswer>;

/** Answers what the emulator does not know: revocation, archives, deliveries, manifests, the repositories of an installation. Undefined: it is the emulator's. */
export async function fakeAnswer(state: FakeState, request: SeenRequest, ask: Ask): Promise<PeerAnswer | undefined> {
  const { token } = request;
  const revoked = token !== undefined && state.revoked.has(token);
  if (revoked) return json(401, { message: 'Bad credentials', documentation_url: documentation, status: '401' });
  const asked = `${request.method} ${request.path.split('?')[0] ?? ''}`;
  for (const [pattern, answer] of routes) {
    const found = pattern.exec(asked);
    if (found !== null) return answer({ state, token: token ?? '', ask, found });
  }
  return undefined;
}

type Asked = { readonly state: FakeState; readonly token: string; readonly ask: Ask; readonly found: RegExpExecArray };

const routes: readonly (readonly [RegExp, (asked: Asked) => PeerAnswer | Promise<PeerAnswer>])[] = [
  [
    /^DELETE \/installation\/token$/u,
    ({ state, token }) => {
      state.revoked.add(token);
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    },
  ],
  [
    /^GET \/repos\/([^/]+)\/([^/]+)\/tarball\/([^/]+)$/u,
    ({ found }) => ({ status: 302, headers: { location: `${archivePrefix}${found.slice(1).join('/')}` }, body: Buffer.alloc(0) }),
  ],
  [new RegExp(`^GET ${archivePrefix}([^/]+)/([^/]+)/([^/]+)$`, 'u'), ({ state, ask, found }) => archiveAnswer(state, ask, found)],
  [/^GET \/repos\/[^/]+\/[^/]+\/actions\/secrets$/u, ({ state }) => refusedWithout(state, 'secrets')],
  [/^PATCH \/repos\/[^/]+\/[^/]+$/u, ({ state }) => refusedWithout(state, 'administration')],
  [/^GET \/installation\/repositories$/u, ({ ask }) => repositoriesAnswer(ask)],
  [/^GET \/app\/hook\/deliveries$/u, ({ state }) => json(200, state.deliveries)],
  [
    /^POST \/app\/hook\/deliveries\/(\d+)\/attempts$/u,
    ({ state, found }) => {
      state.redelivered.push(Number(found[1]));
      return json(202, {});
    },
  ],
  [/^POST \/app-manifests\/([^/]+)\/conversions$/u, ({ state, found }) => conversionAnswer(state, found[1] ?? '')],
];

const documentation = 'https://docs.github.com/rest';

// The emulator answers these to anyone. What it would say to an App that may is nothing that we read.
function refusedWithout({ permissions }: FakeState, permission: string): PeerAnswer {
  const message = 'Resource not accessible by integration';
  return permission in permissions ? json(500, {}) : json(403, { message, documentation_url: documentation, status: '403' });
}

// A code is good once.
function conversionAnswer(state: FakeState, code: string): PeerAnswer {
  const found = state.codes.get(code);
  state.codes.delete(code);
  return found === undefined ? json(404, { message: 'Not Found', documentation_url: documentation, status: '404' }) : json(201, found);
}

const treeSchema = z.object({ tree: z.array(z.object({ path: z.string(), type: z.string(), sha: z.string() })) });
const blobSchema = z.object({ content: z.string(), encoding: z.string() });

// As GitHub makes them: one folder around everything, and the commit in a global header.
async function archiveAnswer(state: FakeState, ask: Ask, [, owner = '', name = '', commit = '']: RegExpExecArray): Promise<PeerAnswer> {
  const kept = state.archives.get(commit);
  if (kept !== undefined) return { status: 200, headers: { 'content-type': 'application/x-gzip' }, body: kept };
  const base = `/repos/${owner}/${name}/git`;
  const listed = await ask(`${base}/trees/${commit}?recursive=1`);
  if (listed.status !== 200) return listed;
  const files = [];
  for (const entry of treeSchema.parse(JSON.parse(listed.body.toString('utf8'))).tree.filter(({ type }) => type === 'blob')) {
    const blob = blobSchema.parse(JSON.parse((await ask(`${base}/blobs/${entry.sha}`)).body.toString('utf8')));
    const body = Buffer.from(blob.content, blob.encoding === 'base64' ? 'base64' : 'utf8');
    files.push({ name: `${owner}-${name}-${commit.slice(0, 7)}/${entry.path}`, body });
  }
  const tar = Buffer.concat([paxHeader([paxRecord('comment', commit)], 'g'), tarOf(files)]);
  return { status: 200, headers: { 'content-type': 'application/x-gzip' }, body: gzipSync(tar) };
}

async function repositoriesAnswer(ask: Ask): Promise<PeerAnswer> {
  const listed = await ask('/users/octocat/repos?per_page=100');
  if (listed.status !== 200) return listed;
  const repositories = z.array(z.unknown()).parse(JSON.parse(listed.body.toString('utf8')));
  return json(200, { total_count: repositories.length, repositories });
}

function json(status: number, value: unknown): PeerAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}
