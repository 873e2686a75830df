import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { forgeAppIdSchema, tenantIdSchema } from '@lib/contract';
import { localKeyring, type LocalKeyring } from '@lib/platform/kms';
import { openLog } from '@lib/platform/telemetry';
import { peerInstallation, startPeer, type GithubPeer } from '../../../tools/github/peer.ts';
import { openForge, type Forge, type ForgeApp, type RepositoryForge } from './index.ts';

const loopback = { mayReach: () => true, resolve: () => Promise.resolve(['127.0.0.1']), protocols: ['http:'] } as const;
const tenantId = tenantIdSchema.parse(randomUUID());
const log = openLog({ destination: { write: () => true }, service: 'test' });
const claimsSchema = z.object({ iat: z.int(), exp: z.int(), iss: z.string() });
let peer: GithubPeer;
let kms: LocalKeyring;
let folder: string;
let forge: Forge;
let app: ForgeApp;
let repository: number;

beforeAll(async () => {
  peer = await startPeer({ repositories: ['web', 'other'] });
  folder = await mkdtemp(join(tmpdir(), 'forge-keys-'));
  kms = await localKeyring({ folder });
  app = { tenantId, appId: forgeAppIdSchema.parse(randomUUID()), externalId: peer.app.id, apiUrl: peer.url };
  await kms.importForgeKey({ purpose: 'forge', tenantId, appId: app.appId }, peer.app.pem);
  forge = openForge({ signer: kms, clock: { nowMs: () => Date.now() }, log, reach: loopback, paced: false, retryBaseMs: 1 });
  repository = (await lend((given) => given.repository('octocat/web'))).id;
});
afterAll(async () => {
  await peer.close();
  await rm(folder, { recursive: true });
});

type Refused = { readonly ok: false; readonly error: { readonly code: string } };
const valueOf = <T>(result: { readonly ok: true; readonly value: T } | Refused): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const permissions = { metadata: 'read', contents: 'read', pull_requests: 'read', checks: 'write' } as const;
async function lend<T>(work: (forge: RepositoryForge) => Promise<{ readonly ok: true; readonly value: T } | Refused>): Promise<T> {
  return valueOf(valueOf(await forge.withToken(app, { installation: peerInstallation, permissions }, work)));
}
const lastMint = () => peer.seen.filter(({ path }) => path.endsWith('/access_tokens')).at(-1);
const usedTokens = () => new Set(peer.seen.flatMap(({ token }) => (token?.startsWith('ghs_') === true ? [token] : [])));

describe('an App', () => {
  it('speaks_for_itself_by_a_token_that_the_key_store_signed', async () => {
    expect(valueOf(await forge.asApp(app).app())).toMatchObject({ id: peer.app.id, slug: 'aegis-reader' });
    expect(valueOf(await forge.asApp(app).installation(peerInstallation))).toMatchObject({
      account: { login: 'octocat' },
      suspended: false,
    });
    const [, claims = ''] = (peer.seen.at(-1)?.token ?? '').split('.');
    const { iat, exp, iss } = claimsSchema.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')));
    expect([iss, exp - iat]).toEqual(['12345', 540]);
  });

  it('with_another_key_is_nobody', async () => {
    const other = { ...app, appId: forgeAppIdSchema.parse(randomUUID()) };
    expect(await forge.asApp(other).app()).toEqual({ ok: false, error: { code: 'forge.key_absent' } });
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await kms.importForgeKey({ purpose: 'forge', tenantId, appId: other.appId }, pem);
    expect(await forge.asApp(other).app()).toMatchObject({ ok: false, error: { code: 'forge.unauthorized' } });
  });

  it('whose_installation_is_gone_is_told_so', async () => {
    expect(await forge.asApp(app).installation(999)).toMatchObject({ ok: false, error: { code: 'forge.gone' } });
  });
});

describe('a token', () => {
  it('is_for_one_repository_and_the_permissions_that_were_asked_for', async () => {
    const grant = { installation: peerInstallation, repository, permissions: { contents: 'read' } } as const;
    const inside = valueOf(
      await forge.withToken(app, grant, (given) => Promise.all([given.repository('octocat/web'), given.createCheck('octocat/web', check)])),
    );
    expect(lastMint()?.body).toEqual({ repository_ids: [repository], permissions: { contents: 'read' } });
    expect(inside).toMatchObject([{ ok: true }, { ok: false, error: { code: 'forge.forbidden' } }]);
  });

  it('is_revoked_when_the_work_ends_and_when_it_throws', async () => {
    let kept: RepositoryForge | undefined;
    await lend((given) => {
      kept = given;
      return given.repository('octocat/web');
    });
    expect(await kept?.repository('octocat/web')).toMatchObject({ ok: false, error: { code: 'forge.unauthorized' } });
    const broken = forge.withToken(app, { installation: peerInstallation, permissions }, async (given) => {
      await given.repository('octocat/web');
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    expect([...usedTokens()].filter((token) => !peer.state.revoked.has(token))).toEqual([]);
  });

  it('that_cannot_be_revoked_does_not_undo_the_work', async () => {
    peer.spoil(({ method, path }) => method === 'DELETE' && path === '/installation/token', { status: 404 });
    expect((await lend((given) => given.repository('octocat/web'))).fullName).toBe('octocat/web');
  });
});

const check = {
  name: 'Aegis',
  headSha: '0'.repeat(40),
  externalId: 'scan-1',
  status: 'queued',
  title: 'Queued',
  summary: 'Waiting',
  annotations: [],
} as const;

describe('a repository', () => {
  it('is_read_by_branch_file_and_commit', async () => {
    const head = await lend((given) => given.branchHead('octocat/web', 'main'));
    expect(head).toMatch(/^[0-9a-f]{40}$/u);
    expect((await lend((given) => given.file('octocat/web', { commit: head, path: 'README.md' })))?.toString('utf8')).toContain('web');
    expect(await lend((given) => given.file('octocat/web', { commit: head, path: '.aegis.yml' }))).toBeUndefined();
    expect((await lend((given) => given.repositories())).map(({ fullName }) => fullName).toSorted()).toEqual([
      'octocat/other',
      'octocat/web',
    ]);
    expect(await lend((given) => given.compare('octocat/web', head, head))).toEqual({ mergeBase: head, files: [], complete: true });
  });

  it('gets_a_check_run_that_is_found_again_by_our_own_id', async () => {
    const headSha = await lend((given) => given.branchHead('octocat/web', 'main'));
    const id = await lend((given) => given.createCheck('octocat/web', { ...check, headSha }));
    const annotation = { path: 'a.js', startLine: 1, endLine: 2, level: 'failure', title: 'x', message: 'y' } as const;
    await lend((given) =>
      given.updateCheck('octocat/web', id, { ...check, status: 'completed', conclusion: 'failure', annotations: [annotation] }),
    );
    expect(await lend((given) => given.findCheck('octocat/web', { headSha, name: 'Aegis', externalId: 'scan-1' }))).toBe(id);
    expect(await lend((given) => given.findCheck('octocat/web', { headSha, name: 'Aegis', externalId: 'scan-2' }))).toBeUndefined();
    expect(await peer.asPerson('GET', `/repos/octocat/web/check-runs/${String(id)}`)).toMatchObject({
      conclusion: 'failure',
      status: 'completed',
    });
  });
});

describe('the rights of an installation', () => {
  const on = () => ({ installation: peerInstallation, repository: { id: repository, fullName: 'octocat/web', defaultBranch: 'main' } });

  it('are_tried_with_all_that_it_grants_on_one_repository_and_the_token_ends', async () => {
    const earlier = usedTokens();
    const { granted, tried } = valueOf(await forge.tryRights(app, on()));
    expect(granted).toEqual(permissions);
    expect(lastMint()?.body).toEqual({ repository_ids: [repository] });
    expect(tried.filter(({ possible }) => possible).map(({ name }) => name)).toEqual([
      'read the repository',
      'read branches',
      'read pull requests',
      'write a check run',
    ]);
    const lent = [...usedTokens()].filter((token) => !earlier.has(token));
    expect(lent.map((token) => peer.state.revoked.has(token))).toEqual([true]);
  });

  it('that_go_further_are_seen_and_nothing_has_changed', async () => {
    const wide = await startPeer({ permissions: { ...permissions, contents: 'write', issues: 'write' } });
    try {
      const other = { ...app, appId: forgeAppIdSchema.parse(randomUUID()), apiUrl: wide.url };
      await kms.importForgeKey({ purpose: 'forge', tenantId, appId: other.appId }, wide.app.pem);
      const before = await wide.asPerson('GET', '/repos/octocat/web/branches');
      const given = await forge.withToken(other, { installation: peerInstallation, permissions: {} }, (one) =>
        one.repository('octocat/web'),
      );
      const found = valueOf(valueOf(given));
      const { tried } = valueOf(await forge.tryRights(other, { installation: peerInstallation, repository: found }));
      expect(tried.filter(({ possible }) => possible).map(({ name }) => name)).toEqual([
        'read the repository',
        'read branches',
        'read pull requests',
        'write a check run',
        'make a branch',
        'write a file',
        'open an issue', // the emulator has no request that merges
      ]);
      expect(await wide.asPerson('GET', '/repos/octocat/web/branches')).toEqual(before);
    } finally {
      await wide.close();
    }
  });
});

describe('a forge that is not well', () => {
  const isRead = ({ path }: { readonly path: string }): boolean => path === '/app';

  it('is_asked_again_after_a_502', async () => {
    peer.spoil(isRead, { status: 502 });
    expect((await forge.asApp(app).app()).ok).toBe(true);
  });

  it('that_stays_away_is_a_fault_for_another_attempt', async () => {
    peer.spoil(isRead, { status: 502 }, { status: 503 }, { status: 500 });
    await expect(forge.asApp(app).app()).rejects.toMatchObject({ code: 'forge.unavailable' });
    const nobody = { ...app, apiUrl: 'http://127.0.0.1:1' };
    await expect(forge.asApp(nobody).app()).rejects.toMatchObject({ code: 'forge.unavailable' });
  });

  it.each([
    ['429 with retry-after', { status: 429, headers: { 'retry-after': '3600' } }],
    ['403 with retry-after', { status: 403, headers: { 'retry-after': '3600' } }],
    [
      'a spent hour',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3600) } },
    ],
  ])('a_limit_says_until_when_%s', async (_, mishap) => {
    peer.spoil(isRead, mishap, mishap, mishap);
    const failed: unknown = await forge
      .asApp(app)
      .app()
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'forge.rate_limited' });
    const until = /continues at (\S+)/u.exec(failed instanceof Error ? failed.message : '')?.[1] ?? '';
    expect(Math.abs(Date.parse(until) - Date.now() - 3_600_000)).toBeLessThan(60_000);
  });

  it('that_sends_us_elsewhere_is_not_followed', async () => {
    const elsewhere = { status: 301, headers: { location: 'http://elsewhere.test/app' } };
    peer.spoil(isRead, elsewhere, elsewhere, elsewhere);
    await expect(forge.asApp(app).app()).rejects.toMatchObject({ code: 'forge.unavailable' });
    peer.spoil(isRead, { status: 301, headers: { location: '/app' } });
    expect((await forge.asApp(app).app()).ok).toBe(true);
  });

  it('at_an_address_of_our_own_network_is_not_spoken_to', async () => {
    const outside = openForge({
      signer: kms,
      clock: { nowMs: () => Date.now() },
      log,
      reach: { ...loopback, mayReach: () => false },
      paced: false,
      retryBaseMs: 1,
    });
    const before = peer.seen.length;
    await expect(outside.asApp(app).app()).rejects.toMatchObject({ code: 'forge.unavailable' });
    expect(peer.seen).toHaveLength(before);
  });
});
