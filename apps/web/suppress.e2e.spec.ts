import { AxeBuilder } from '@axe-core/playwright';
import type { FindingId } from '@lib/contract';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plantMember } from '../../tools/testing/plant-member.ts';
import { plantFindings, plantRepository, plantScan } from '../../tools/testing/plant.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');
const authenticator = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;
const reason = '<img src=x onerror=alert(1)> our own tests call it ad\u202emin';

describe.skipIf(chromium === undefined)('signing a claim', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  let ids: readonly FindingId[];
  let page: Page;

  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '', undefined, 'localhost');
    const { api } = dashboard;
    const repositoryId = await plantRepository(api, api.acme, 'shop');
    const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
    ids = await plantFindings(
      api,
      api.acme,
      ['src/a.js', 'src/b.js', 'src/c.js'].map((path) => ({ repositoryId, scanId, path })),
    );
    page = await personWithPasskey();
  });
  afterAll(async () => {
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });

  async function personWithPasskey(): Promise<Page> {
    const member = await plantMember(dashboard.api, dashboard.api.acme, 'analyst');
    const context = await dashboard.visitor(offences);
    await context.addCookies([{ name: 'aegis_session', value: member.secret, url: dashboard.base, httpOnly: true, sameSite: 'Strict' }]);
    const opened = await context.newPage();
    const devtools = await context.newCDPSession(opened);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: authenticator });
    await opened.goto(`${dashboard.base}/settings/sign-in`);
    await opened.getByLabel('Name of the passkey').fill('laptop');
    await opened.getByRole('button', { name: 'Add a passkey' }).click();
    await opened.getByText('laptop').first().waitFor();
    return opened;
  }
  const stateOf = async (id: string | undefined): Promise<unknown> =>
    (await dashboard.api.database.admin('select state from app.finding where id = $1', [id]))[0]?.['state'];
  async function review(id: string | undefined): Promise<void> {
    await page.goto(`${dashboard.base}/findings/${id ?? ''}`);
    await page.getByRole('button', { name: 'Suppress …' }).click();
    await page.getByLabel(/Reason/u).fill(reason);
    await page.getByRole('button', { name: 'Review what is signed' }).click();
  }
  async function noViolations(): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((violation) => [violation.id, violation.nodes.map((node) => node.html)])).toEqual([]);
    }
  }

  test('a_person_sees_what_is_signed_signs_it_and_the_finding_is_quiet_until_the_claim_is_ended', async () => {
    await page.goto(`${dashboard.base}/findings/${ids[0] ?? ''}`);
    await page.getByRole('button', { name: 'Suppress …' }).click();
    expect(await page.getByRole('button', { name: 'Review what is signed' }).isDisabled(), 'without a reason').toBe(true);
    await noViolations();
    await page.getByLabel(/Reason/u).fill(reason);
    await page.getByRole('button', { name: 'Review what is signed' }).click();
    const shown = page.locator('.claim-review');
    await shown.getByText('src/a.js:3').waitFor();
    expect(await shown.innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await shown.innerText()).not.toContain('\u202e');
    await noViolations();
    expect(await stateOf(ids[0]), 'nothing is done before the signature').toBe('open');
    await page.getByRole('button', { name: 'Sign for this finding with a passkey' }).click();
    await page.locator('.finding-state', { hasText: 'accepted risk' }).waitFor();
    expect(await stateOf(ids[0])).toBe('accepted_risk');
    await page.goto(`${dashboard.base}/suppressions`);
    await page.getByText('● live').last().waitFor();
    await noViolations();
    await page.getByRole('button', { name: 'End it now' }).click();
    await page.locator('.card', { hasText: '✓ over' }).waitFor();
    expect(await stateOf(ids[0])).toBe('reopened');
  });

  test('a_text_that_was_altered_on_its_way_to_the_page_is_not_signed', async () => {
    const alter = async (): Promise<void> => {
      await page.route('**/v1/presence', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, body: (await answer.text()).replace('src/b.js', 'src/x.js') });
      });
    };
    await alter();
    await review(ids[1]);
    await page.getByRole('alert').getByText('Nothing was signed').waitFor();
    await page.unroute('**/v1/presence');
    expect(await stateOf(ids[1])).toBe('open');
  });

  test('one_byte_altered_after_it_was_shown_is_refused_by_the_api_and_said', async () => {
    await page.route('**/v1/suppressions', (route) =>
      route.continue({ postData: (route.request().postData() ?? '').replace('accepted_risk', 'false_positive') }),
    );
    await review(ids[2]);
    await page.getByRole('button', { name: 'Sign for this finding with a passkey' }).click();
    await page.getByRole('alert').getByText('The challenge is not valid').waitFor();
    await page.unroute('**/v1/suppressions');
    expect(await stateOf(ids[2])).toBe('open');
  });

  test('at_320_pixels_neither_the_dialog_nor_the_list_scrolls_sideways_and_escape_gives_the_focus_back', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    await review(ids[2]);
    await page.locator('.claim-review').waitFor();
    const width = () => page.evaluate(() => [document.documentElement.scrollWidth, document.querySelector('dialog')?.scrollWidth ?? 0]);
    for (const one of await width()) expect(one).toBeLessThanOrEqual(320);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Suppress');
    await page.goto(`${dashboard.base}/suppressions`);
    await page.locator('.card').first().waitFor();
    for (const one of await width()) expect(one).toBeLessThanOrEqual(320);
    await page.setViewportSize({ width: 1440, height: 900 });
  });
});
