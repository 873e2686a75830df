import { AxeBuilder } from '@axe-core/playwright';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { forgeManifests } from '@lib/contract';
import { peerInstallation, startPeer, type GithubPeer } from '../../tools/github/peer.ts';
import { plantForgeRepository } from '../../tools/testing/plant-forge.ts';
import { plantMember } from '../../tools/testing/plant-member.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('connecting', () => {
  const offences = noOffences();
  let peer: GithubPeer;
  let dashboard: Dashboard;
  let github: { readonly server: Server; readonly url: string; readonly posted: string[] };
  beforeAll(async () => {
    peer = await startPeer();
    github = await startRegistrar();
    dashboard = await openDashboard(chromium ?? '', { url: peer.url, webUrl: github.url });
  });
  afterAll(async () => {
    await dashboard.close();
    await peer.close();
    await new Promise((resolve) => github.server.close(resolve));
    const { foreign, ...rest } = offences;
    expect(rest, 'over the whole suite').toEqual({ violations: [], dialogs: [], errors: [] });
    expect(
      foreign.every((address) => address.startsWith(github.url)),
      foreign.join(' '),
    ).toBe(true);
  });

  test('the_app_is_registered_from_its_manifest_with_one_click_and_its_installation_is_claimed_when_github_sends_back', async () => {
    const page = await dashboard.member(offences, dashboard.api.acme.admin);
    await page.goto(`${dashboard.base}/repositories`);
    await page.getByRole('link', { name: 'Connect GitHub' }).click();
    const reader = page.getByRole('region', { name: 'Aegis Reader' });
    for (const what of Object.keys(forgeManifests.reader.permissions))
      await reader.getByText(what.replaceAll('_', ' '), { exact: true }).waitFor();
    await reader.getByRole('button', { name: 'Register on GitHub' }).click();
    await page.getByRole('heading', { name: 'GitHub asks' }).waitFor();
    const form = new URLSearchParams(github.posted[0]);
    expect(JSON.parse(form.get('manifest') ?? '')).toMatchObject({ default_permissions: forgeManifests.reader.permissions, public: false });
    const code = peer.offerCode();
    const state = new URL(page.url()).searchParams.get('state') ?? '';
    await page.goto(`${dashboard.base}/connect?code=${code}&state=${state}`);
    await page.getByText('Now install it').waitFor();
    await expect.poll(() => page.url()).toBe(`${dashboard.base}/connect`); // neither a reload nor the history repeats it
    expect(await page.getByRole('link', { name: 'Install it' }).getAttribute('href')).toBe(
      `${github.url}/apps/${peer.app.slug}/installations/new`,
    );
    await page.goto(`${dashboard.base}/connect?installation_id=${String(peerInstallation)}&setup_action=install`);
    await page.getByText('Its repositories appear under Repositories').waitFor();
    await page.context().close();
  });

  test('what_an_installation_may_do_is_tried_and_shown_in_both_themes', async () => {
    const { api } = dashboard;
    const [row] = await api.database.admin('select id from app.forge_installation where tenant_id = $1', [api.acme.id]);
    const { id: externalId } = z.object({ id: z.int() }).parse(await peer.asPerson('GET', '/repos/octocat/web'));
    await plantForgeRepository(api, api.acme, { installationId: String(row?.['id']), externalId, fullName: 'octocat/web' });
    const page = await dashboard.member(offences, api.acme.admin);
    await page.goto(`${dashboard.base}/connect`);
    await page.getByRole('button', { name: 'Try its rights' }).click();
    await page.getByText('what it asks for and no more').waitFor();
    expect(await page.getByRole('row', { name: 'make a branch no refuses (403)' }).count()).toBe(1);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
      if (process.env['AEGIS_SHOTS'] !== undefined)
        await page.screenshot({ path: `${process.env['AEGIS_SHOTS']}/rights-${colorScheme}.png`, fullPage: true });
    }
    await page.context().close();
  });

  test('a_state_that_was_not_begun_here_is_refused_in_words', async () => {
    const page = await dashboard.member(offences, dashboard.api.other.admin);
    await page.goto(`${dashboard.base}/connect?code=${randomUUID()}&state=a-state-that-nobody-has-begun`);
    await page.getByRole('alert').filter({ hasText: 'not begun here' }).waitFor();
    await page.context().close();
  });

  test('who_may_not_connect_sees_what_is_connected_and_no_form', async () => {
    const developer = await plantMember(dashboard.api, dashboard.api.acme, 'developer');
    const visitor = await dashboard.visitor(offences);
    await visitor.addCookies([{ name: 'aegis_session', value: developer.secret, url: dashboard.base }]);
    const page = await visitor.newPage();
    await page.goto(`${dashboard.base}/connect`);
    await page.getByText('Only an owner or an admin').waitFor();
    expect(await page.locator('form').count()).toBe(0);
    await page.context().close();
  });

  test('a_git_repository_is_added_by_its_address_and_its_scan_is_on_screen', async () => {
    const page = await dashboard.member(offences, dashboard.api.acme.write);
    await page.goto(`${dashboard.base}/repositories`);
    await page.getByLabel('Name').fill('shop');
    await page.getByLabel('Address').fill('https://git.example/shop.git');
    await page.getByRole('button', { name: 'Add and scan' }).click();
    await page.waitForURL(/\/scans\/[0-9a-f-]{36}$/u);
    await page.goto(`${dashboard.base}/repositories`);
    await page.getByRole('row').filter({ hasText: 'https://git.example/shop.git' }).waitFor();
    await page.context().close();
  });

  test('an_archive_is_uploaded_and_its_scan_is_on_screen', async () => {
    const page = await dashboard.member(offences, dashboard.api.acme.write);
    await page.goto(`${dashboard.base}/repositories`);
    await page.getByLabel('Name').fill('till');
    await page.getByLabel('archive (tar').check();
    await page
      .getByLabel('Archive', { exact: true })
      .setInputFiles({ name: 'till.tar', mimeType: 'application/x-tar', buffer: emptyTar() });
    await page.getByRole('button', { name: 'Add and scan' }).click();
    await page.waitForURL(/\/scans\/[0-9a-f-]{36}$/u);
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('no_page_has_an_accessibility_violation_in_the_%s_theme_nor_scrolls_sideways', async (theme) => {
    for (const path of ['/repositories', '/connect']) {
      const page = await dashboard.member(offences, dashboard.api.acme.admin);
      await page.emulateMedia({ colorScheme: theme });
      await page.goto(dashboard.base + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      if (path === '/connect') await page.locator('summary').click();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
      await page.setViewportSize({ width: 320, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
      await page.context().close();
    }
  });
});

// The page on which GitHub shows a manifest and asks: it takes the posted form.
async function startRegistrar() {
  const posted: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString('utf8')));
    request.on('end', () => {
      if (request.method === 'POST') posted.push(body);
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>GitHub</title><h1>GitHub asks</h1>');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, posted, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}

// One file header with its sum, and two empty blocks.
function emptyTar(): Buffer {
  const header = Buffer.alloc(512);
  header.write('README', 0);
  header.write('0000644\0', 100);
  header.write('00000000000\0', 124);
  header.write('00000000000\0', 136);
  header.write('        0', 148);
  header.write('ustar\0' + '00', 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, Buffer.alloc(1024)]);
}
