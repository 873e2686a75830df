import { randomUUID } from 'node:crypto';
import { simulation } from '@simulacrum/github-api-simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forgeAppIdSchema, limits, tenantIdSchema } from '@lib/contract';
import { ok } from '@lib/kernel';
import { openForge, type AppForge, type Forge, type ForgeApp, type RepositoryForge } from '@lib/platform/forge';
import { openLog } from '@lib/platform/telemetry';

// The simulator's answers are GitHub's own examples, and it refuses what its description does not allow. It keeps no state and checks no
// token: what those do, the emulator shows. Rights are not tried on it: it answers 500 to some requests that it has no example for.
const loopback = { mayReach: () => true, resolve: () => Promise.resolve(['127.0.0.1']), protocols: ['http:'] } as const;
const signer = { sign: () => Promise.resolve(ok(Buffer.alloc(256))), publicKey: () => Promise.reject(new Error('nobody asks')) };
const name = 'octocat/web';
const sha = '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d';
let app: ForgeApp;
let forge: Forge;
let close: () => Promise<void>;

beforeAll(async () => {
  const listening = await simulation().listen(0);
  close = () => listening.ensureClose();
  app = {
    tenantId: tenantIdSchema.parse(randomUUID()),
    appId: forgeAppIdSchema.parse(randomUUID()),
    externalId: 1,
    apiUrl: `http://localhost:${String(listening.port)}`,
  };
  const log = openLog({ destination: { write: () => true }, service: 'test' });
  forge = openForge({ signer, clock: { nowMs: () => Date.now() }, log, reach: loopback, paced: false, retryBaseMs: 1 });
});
afterAll(() => close());

const check = { status: 'completed', conclusion: 'failure', title: 'Aegis', summary: 'One finding' } as const;
const annotations = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: 'a.js',
    startLine: index + 1,
    endLine: index + 1,
    level: 'failure' as const,
    title: 'x',
    message: 'y',
  }));

// Each verb of the port, so that one that is added and not asked here does not compile.
type Ask<T> = (given: T) => Promise<{ readonly ok: boolean }>;
const asApp: Readonly<Record<keyof AppForge, Ask<AppForge>>> = {
  app: (given) => given.app(),
  installation: (given) => given.installation(1),
  installations: (given) => given.installations(),
  deliveries: (given) => given.deliveries('2019-01-01T00:00:00Z'),
  redeliver: (given) => given.redeliver(12_345_678),
};
const ofRepository: Readonly<Record<Exclude<keyof RepositoryForge, 'archive'>, Ask<RepositoryForge>>> = {
  repository: (given) => given.repository(name),
  repositories: (given) => given.repositories(),
  branchHead: (given) => given.branchHead(name, 'main'),
  pull: (given) => given.pull(name, 1),
  compare: (given) => given.compare(name, sha, sha),
  file: (given) => given.file(name, { commit: sha, path: 'README.md' }),
  findCheck: (given) => given.findCheck(name, { headSha: sha, name: 'Aegis', externalId: 'scan-1' }),
  createCheck: (given) => given.createCheck(name, { ...check, name: 'Aegis', headSha: sha, externalId: 'scan-1', annotations: [] }),
  updateCheck: (given) => given.updateCheck(name, 4, { ...check, annotations: annotations(limits.checkAnnotationsPerRequest) }),
};
const grant = { installation: 1, permissions: { contents: 'read' } } as const;

test.each(Object.entries(asApp))('what_the_app_asks_is_as_github_describes_it_and_its_example_is_understood_%s', async (_, ask) => {
  expect(await ask(forge.asApp(app))).toMatchObject({ ok: true });
});

test.each(Object.entries(ofRepository))('what_a_token_asks_is_as_github_describes_it_and_its_example_is_understood_%s', async (_, ask) => {
  expect(await forge.withToken(app, grant, ask)).toMatchObject({ ok: true, value: { ok: true } });
});

test('a_manifests_code_is_exchanged_as_github_describes_it', async () => {
  expect(await forge.convertManifest(app.apiUrl, 'code')).toMatchObject({ ok: true, value: { slug: 'octoapp' } });
});

test('one_annotation_more_than_github_takes_is_refused_by_others_too', async () => {
  const more = await forge.withToken(app, grant, (given) =>
    given.updateCheck(name, 4, { ...check, annotations: annotations(limits.checkAnnotationsPerRequest + 1) }),
  );
  expect(more).toMatchObject({ ok: true, value: { ok: false, error: { code: 'forge.refused', status: 400 } } });
});
