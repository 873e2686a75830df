import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgeRightsSchema, registeredAppSchema } from '@lib/contract';
import { z } from 'zod';
import { peerInstallation, startPeer, type GithubPeer } from '../../../../tools/github/peer.ts';
import { plantForgeRepository } from '../../../../tools/testing/plant-forge.ts';
import { testApi, type Answer, type TestApi } from '../../../../tools/testing/api.ts';

const idSchema = z.object({ id: z.string() });
const wide = { metadata: 'read', contents: 'write', pull_requests: 'read', checks: 'write' };
let api: TestApi;
let peer: GithubPeer;
let generous: GithubPeer;
beforeAll(async () => {
  [peer, generous] = await Promise.all([startPeer(), startPeer({ permissions: wide })]);
  api = await testApi({ forge: { url: peer.url } });
});
afterAll(async () => {
  await api.close();
  await Promise.all([peer.close(), generous.close()]);
});

type Installed = { readonly appId: string; readonly installationId: string };
const verify = ({ appId, installationId }: Installed, token?: string): Promise<Answer> =>
  api.ask('POST', `/v1/forge/apps/${appId}/installations/${installationId}/verification`, { token: token ?? api.acme.admin });

/** An App of this peer, registered by its key and installed. */
async function install(on: GithubPeer): Promise<Installed> {
  const body = {
    by: 'key',
    kind: 'reader',
    apiUrl: on.url,
    webUrl: on.url,
    externalId: on.app.id,
    webhookSecret: 'a webhook secret of sixteen',
    pem: on.app.pem,
  };
  const { app } = registeredAppSchema.parse((await api.ask('POST', '/v1/forge/apps', { token: api.acme.admin, body })).json);
  const claimed = await api.ask('POST', `/v1/forge/apps/${app.id}/installations`, {
    token: api.acme.admin,
    body: { installation: peerInstallation },
  });
  return { appId: app.id, installationId: idSchema.parse(claimed.json).id };
}

async function give({ installationId }: Installed, on: GithubPeer): Promise<void> {
  const { id: externalId } = z.object({ id: z.int() }).parse(await on.asPerson('GET', '/repos/octocat/web'));
  await plantForgeRepository(api, api.acme, { installationId, externalId, fullName: 'octocat/web' });
}

describe('verifyInstallation', () => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await install(peer);
  });

  test('409_while_there_is_no_repository_to_try_it_on', async () => {
    expect((await verify(installed)).code).toBe('forge.nothing_to_try');
  });

  test('200_reads_pass_and_every_write_but_our_own_check_runs_is_refused', async () => {
    await give(installed, peer);
    const answer = await verify(installed);
    expect(answer.status).toBe(200);
    const { asAsked, excess, tried, repositoryName } = forgeRightsSchema.parse(answer.json);
    expect({ asAsked, excess, repositoryName }).toEqual({ asAsked: true, excess: [], repositoryName: 'octocat/web' });
    expect(tried.filter(({ possible }) => possible).map(({ permission, access }) => `${permission}:${access}`)).toEqual([
      'metadata:read',
      'contents:read',
      'pull_requests:read',
      'checks:write',
    ]);
    expect((await api.audit(api.acme.id, 'forge.rights_tried')).map(({ outcome }) => outcome)).toEqual(['success']);
  });

  test('200_an_installation_that_was_given_more_than_the_manifest_asks_is_said_to_be_so', async () => {
    const other = await install(generous);
    await give(other, generous);
    const { asAsked, excess, tried } = forgeRightsSchema.parse((await verify(other)).json);
    expect({ asAsked, excess }).toEqual({ asAsked: false, excess: ['contents: write'] });
    expect(tried.filter(({ asked, possible }) => possible && !asked).map(({ name }) => name)).toEqual(['make a branch', 'write a file']);
    expect((await api.audit(api.acme.id, 'forge.rights_tried')).map(({ outcome }) => outcome)).toEqual(['success', 'failure']);
  });

  test('503_a_forge_that_does_not_answer_shows_nothing', async () => {
    const away = { status: 502 };
    peer.spoil(({ path }) => path.startsWith('/repos/octocat/web/branches'), away, away, away);
    expect((await verify(installed)).code).toBe('forge.unavailable');
  });

  test('409_an_app_that_the_forge_does_not_let_in', async () => {
    peer.spoil(({ path }) => path.endsWith('/access_tokens'), { status: 403 });
    expect((await verify(installed)).code).toBe('forge.not_let_in');
  });

  test('404_for_what_is_not_there_and_for_another_apps_installation', async () => {
    expect((await verify({ ...installed, installationId: randomUUID() })).code).toBe('forge.installation_not_found');
    expect((await verify({ ...installed, appId: randomUUID() })).code).toBe('forge.installation_not_found');
    expect((await verify(installed, api.other.admin)).code).toBe('forge.installation_not_found');
  });

  test('400_for_what_is_no_id', async () => {
    expect((await verify({ ...installed, installationId: 'x' })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', `/v1/forge/apps/${installed.appId}/installations/${installed.installationId}/verification`)).status).toBe(
      401,
    );
  });

  test('403_for_a_token_that_may_only_write', async () => {
    expect((await verify(installed, api.acme.write)).status).toBe(403);
  });
});
