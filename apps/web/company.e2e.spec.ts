import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { plantMember, type PlantedMember } from '../../tools/testing/plant-member.ts';
import { plantRepository } from '../../tools/testing/plant.ts';
import { realProvider, type Account, type RealProvider } from '../../tools/testing/real-provider.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('the company', () => {
  const offences = noOffences();
  const accounts: Record<string, Account> = { ada: { email: 'ada@acme.test', email_verified: true, name: 'Ada' } };
  let dashboard: Dashboard;
  let provider: RealProvider;
  let owner: PlantedMember;
  let base: string;

  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    base = dashboard.base.replace('127.0.0.1', 'localhost'); // providers and passkeys are for names
    provider = await realProvider(`${base}/sign-in/company`, accounts);
    owner = await plantMember(dashboard.api, dashboard.api.acme, 'owner');
    await plantRepository(dashboard.api, dashboard.api.acme, 'shop');
  });
  afterAll(async () => {
    await dashboard.close();
    provider.close();
    // the provider is elsewhere: that the browser went there, and nowhere else, is what is meant
    const elsewhere = offences.foreign.filter((url) => !url.startsWith(base) && !url.startsWith(provider.issuer));
    expect({ ...offences, foreign: elsewhere }, 'over the whole suite').toEqual(noOffences());
  });

  async function open(path: string, signedIn: boolean): Promise<Page> {
    const visitor = await dashboard.visitor(offences);
    if (signedIn) await visitor.addCookies([{ name: 'aegis_session', value: owner.secret, url: base }]);
    const page = await visitor.newPage();
    await page.goto(`${base}${path}`);
    return page;
  }
  async function look(page: Page, name: string): Promise<void> {
    for (const theme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: theme });
      expect((await new AxeBuilder({ page }).analyze()).violations, `${name}, ${theme}`).toEqual([]);
    }
  }

  test('an_owner_connects_a_provider_and_somebody_new_signs_in_there_and_lands_where_they_wanted_to_go', async () => {
    const settings = await open('/settings/company', true);
    await settings.getByLabel('Issuer').fill(provider.issuer);
    await settings.getByLabel('Client id').fill(provider.clientId);
    await settings.getByLabel('Client secret').fill(provider.clientSecret);
    await settings.getByLabel(/E-mail domains/u).fill('acme.test');
    await look(settings, 'company-empty');
    await settings.getByRole('button', { name: 'Save' }).click();
    const entry = await settings.getByText('/sign-in?company=').innerText();
    expect(await settings.content()).not.toContain(provider.clientSecret);
    await look(settings, 'company');
    await settings.context().close();

    const page = await open(`${new URL(entry).pathname}${new URL(entry).search}&back=%2Ffindings`, false);
    await look(page, 'sign-in-company');
    await page.context().setExtraHTTPHeaders({ 'x-account': 'ada' });
    await page.getByRole('button', { name: 'Sign in with your company' }).click();
    await page.waitForURL(`${base}/findings`);
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    await page.context().close();
  });

  test('whoever_is_no_company_here_is_told_so_and_stays', async () => {
    const page = await open('/sign-in', false);
    await page.getByLabel('Work e-mail').fill('somebody@elsewhere.test');
    await page.getByRole('button', { name: 'Sign in with your company' }).click();
    await page.getByText('We know no company sign-in for this.').waitFor();
    await look(page, 'sign-in');
    await page.goto(`${base}/sign-in/company?code=x&state=y`);
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await look(page, 'not-signed-in');
    await page.context().close();
  });

  test('workflows_are_trusted_and_trusted_no_more', async () => {
    const page = await open('/settings/ci', true);
    await page.getByLabel('Number of the repository there').fill('123456');
    await page.getByLabel('Number of its owner').fill('42');
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    const remove = page.getByRole('button', { name: 'Trust no more workflows of shop' });
    await remove.waitFor();
    await look(page, 'ci');
    await remove.click();
    await page.getByText('No workflow is trusted so far.').waitFor();
    await page.context().close();
  });
});
