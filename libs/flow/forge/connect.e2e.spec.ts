import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { forgeAppSchema, forgeFlowSchema, forgeManifests } from '@lib/contract';
import { peerInstallation, startPeer, type GithubPeer } from '../../../tools/github/peer.ts';
import { testApi, type Answer, type TestApi, type TestTenant } from '../../../tools/testing/api.ts';
import { plantForgeApp } from '../../../tools/testing/plant-forge.ts';

let api: TestApi;
let peer: GithubPeer;
beforeAll(async () => {
  peer = await startPeer();
  api = await testApi({ forge: { url: peer.url } });
});
afterAll(async () => {
  await api.close();
  await peer.close();
});

const start = (body: object = { kind: 'reader' }, token?: string): Promise<Answer> =>
  api.ask('POST', '/v1/forge/flows', { token: token ?? api.acme.admin, body });
const register = (body: object, token?: string): Promise<Answer> =>
  api.ask('POST', '/v1/forge/apps', { token: token ?? api.acme.admin, body });
const list = (tenant: TestTenant): Promise<Answer> => api.ask('GET', '/v1/forge/apps', { token: tenant.read });
const claim = (appId: string, installation: number, tenant: TestTenant): Promise<Answer> =>
  api.ask('POST', `/v1/forge/apps/${appId}/installations`, { token: tenant.admin, body: { installation } });
const itemsOf = async (tenant: TestTenant) => z.object({ items: z.array(forgeAppSchema) }).parse((await list(tenant)).json).items;

async function begin(token?: string): Promise<string> {
  return forgeFlowSchema.parse((await start({ kind: 'reader' }, token)).json).state;
}
const byKey = (change: object = {}) => ({
  by: 'key',
  kind: 'reader',
  apiUrl: peer.url,
  webUrl: peer.url,
  externalId: peer.app.id,
  webhookSecret: 'a webhook secret of sixteen',
  pem: peer.app.pem,
  ...change,
});

describe('startForgeFlow', () => {
  test('201_gives_a_manifest_of_exactly_what_the_contract_says_and_a_state_that_only_its_digest_is_kept_of', async () => {
    const answer = await start({ kind: 'reader', organization: 'acme-inc' });
    expect(answer.status).toBe(201);
    const flow = forgeFlowSchema.parse(answer.json);
    expect(flow.action).toBe(`${peer.url}/organizations/acme-inc/settings/apps/new?state=${flow.state}`);
    const manifest: unknown = JSON.parse(flow.manifest);
    expect(manifest).toMatchObject({
      public: false,
      redirect_url: 'https://aegis.test/connect',
      default_permissions: forgeManifests.reader.permissions,
      default_events: forgeManifests.reader.events,
    });
    const kept = await api.database.admin('select f::text as text from app.forge_flow f');
    expect(kept.map(({ text }) => String(text)).join('\n')).not.toContain(flow.state);
    expect(await api.audit(api.acme.id, 'forge.flow_started')).toHaveLength(1);
  });

  test('400_for_an_organization_that_would_leave_its_place_in_the_address', async () => {
    for (const organization of ['../evil', 'a/b', '', 'a?b']) expect((await start({ kind: 'reader', organization })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/forge/flows', { body: { kind: 'reader' } })).status).toBe(401);
  });

  test('403_for_a_token_that_may_only_read', async () => {
    expect((await start({ kind: 'reader' }, api.acme.read)).status).toBe(403);
  });
});

describe('registerForgeApp', () => {
  test('409_a_state_is_good_once_for_who_began_it_and_for_ten_minutes', async () => {
    const invalid = async (body: object, token?: string): Promise<void> => {
      const answer = await register(body, token);
      expect([answer.status, answer.code]).toEqual([409, 'forge.flow_invalid']);
    };
    const [mine, old, spent] = [await begin(), await begin(), await begin()];
    await invalid({ by: 'manifest', code: peer.offerCode(), state: mine }, api.other.admin);
    await invalid({ by: 'manifest', code: peer.offerCode(), state: 'a state that nobody has begun' });
    await api.database.admin(
      `update app.forge_flow set created_at = now() - interval '11 minutes' where state_sha256 = sha256($1::bytea)`,
      [Buffer.from(old)],
    );
    await invalid({ by: 'manifest', code: peer.offerCode(), state: old });
    expect((await register({ by: 'manifest', code: 'a-code-that-is-none', state: spent })).code).toBe('forge.code_refused');
    await invalid({ by: 'manifest', code: peer.offerCode(), state: spent });
    expect(await itemsOf(api.acme)).toEqual([]);
  });

  test('409_an_app_that_the_forge_does_not_know_under_the_key_is_not_taken_and_its_key_does_not_stay', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    for (const pem of [stranger, ed25519, 'no key at all']) expect((await register(byKey({ pem }))).code).toBe('forge.key_refused');
    expect(await itemsOf(api.acme)).toEqual([]);
  });

  test('201_by_manifest_the_key_signs_and_neither_it_nor_the_secrets_are_anywhere_in_the_open', async () => {
    const answer = await register({ by: 'manifest', code: peer.offerCode(), state: await begin() });
    expect(answer.status).toBe(201);
    const [app] = await itemsOf(api.acme);
    expect(app).toMatchObject({ externalId: peer.app.id, slug: peer.app.slug, owner: null, installations: [] });
    expect(await api.audit(api.acme.id, 'forge.app_registered')).toHaveLength(1);
    const jobs = await api.database.admin(`select kind from app.job where payload ->> 'forgeAppId' = $1`, [app?.id]);
    expect(jobs).toEqual([{ kind: 'forge.reconcile' }]);
    const secrets = [peer.app.webhookSecret, peer.app.pem.split('\n')[5] ?? '', 'a client secret that nobody keeps'];
    const tables = await api.database.admin(`select tablename from pg_tables where schemaname in ('app', 'identity', 'ops')`);
    const schemas = await Promise.all(
      tables.map(async ({ tablename }) => {
        const [place] = await api.database.admin('select schemaname from pg_tables where tablename = $1', [tablename]);
        return JSON.stringify(
          await api.database.admin(`select t::text as row from ${String(place?.['schemaname'])}.${String(tablename)} t`),
        );
      }),
    );
    const files = filesBelow(join(api.workDirectory, '..')).map((path) => readFileSync(path).toString('latin1'));
    const sinks = [...schemas, ...files, api.logLines.join('\n'), answer.text];
    for (const secret of secrets) {
      expect(sinks.filter((sink) => sink.includes(secret) || sink.includes(Buffer.from(secret).toString('hex')))).toEqual([]);
    }
  });

  test('409_the_same_app_a_second_time', async () => {
    expect((await register(byKey())).code).toBe('forge.app_known');
  });

  test('201_by_key_for_a_forge_without_manifests_tells_the_address_of_its_hook_once', async () => {
    const answer = await register(byKey(), api.other.admin);
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      hookUrl: expect.stringMatching(/^https:\/\/aegis\.test\/v1\/forge\/hooks\/[\w-]{20,}$/u) as unknown,
    });
  });

  test('400_for_what_is_no_request', async () => {
    expect((await register(byKey({ apiUrl: 'file:///etc/passwd' }))).status).toBe(400);
    expect((await register({ by: 'guess' })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/forge/apps', { body: byKey() })).status).toBe(401);
  });

  test('403_for_a_token_that_may_only_write', async () => {
    expect((await register(byKey(), api.acme.write)).status).toBe(403);
  });
});

describe('claimInstallation', () => {
  test('201_an_installation_that_the_forge_says_is_of_our_app_is_ours_and_its_repositories_are_fetched', async () => {
    const [app] = await itemsOf(api.acme);
    const answer = await claim(app?.id ?? '', peerInstallation, api.acme);
    expect(answer.status).toBe(201);
    expect((await itemsOf(api.acme))[0]?.installations).toMatchObject([
      { externalId: peerInstallation, account: 'octocat', state: 'active' },
    ]);
    expect(
      await api.database.admin(`select count(*)::int as n from app.job where kind = 'forge.sync' and tenant_id = $1`, [api.acme.id]),
    ).toEqual([{ n: 1 }]);
  });

  test('409_another_tenant_cannot_have_it_even_with_the_apps_own_key_and_that_is_recorded', async () => {
    const [app] = await itemsOf(api.other);
    expect((await claim(app?.id ?? '', peerInstallation, api.other)).code).toBe('forge.installation_claimed');
    expect((await api.audit(api.other.id, 'forge.installation_claimed')).map(({ outcome }) => outcome)).toEqual(['denied']);
    expect((await itemsOf(api.other))[0]?.installations).toEqual([]);
  });

  test('404_for_a_number_that_somebody_made_up', async () => {
    const [app] = await itemsOf(api.acme);
    expect((await claim(app?.id ?? '', 4711, api.acme)).code).toBe('forge.installation_not_found');
  });

  test('404_for_another_tenants_app', async () => {
    const { appId } = await plantForgeApp(api, api.other, { secrets: ['a secret of theirs alone'], externalId: 77 });
    expect((await claim(appId, peerInstallation, api.acme)).code).toBe('forge.app_not_found');
    expect((await claim(randomUUID(), peerInstallation, api.acme)).code).toBe('forge.app_not_found');
  });

  test('400_for_what_is_no_number', async () => {
    const [app] = await itemsOf(api.acme);
    expect((await claim(app?.id ?? '', -1, api.acme)).status).toBe(400);
  });

  test('401_and_403_for_who_may_not', async () => {
    const path = `/v1/forge/apps/${randomUUID()}/installations`;
    expect((await api.ask('POST', path, { body: { installation: 1 } })).status).toBe(401);
    expect((await api.ask('POST', path, { token: api.acme.write, body: { installation: 1 } })).status).toBe(403);
  });
});

describe('listForgeApps', () => {
  test('200_shows_our_own_alone_and_none_of_their_secrets', async () => {
    const [mine, theirs] = [await list(api.acme), await list(api.other)];
    expect(mine.status).toBe(200);
    expect(mine.text).not.toMatch(/secret|pem|hash/iu);
    const ids = (await itemsOf(api.other)).map(({ id }) => id);
    expect(ids.filter((id) => mine.text.includes(id))).toEqual([]);
    expect(theirs.text).not.toContain((await itemsOf(api.acme))[0]?.id);
    expect((await api.audit(api.acme.id, 'forge.apps_listed')).length).toBeGreaterThan(0);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/forge/apps')).status).toBe(401);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
