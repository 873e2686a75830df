import { AxeBuilder } from '@axe-core/playwright';
import { listFindings } from '@lib/contract';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plantFindings, plantRepository, plantScan } from '../../tools/testing/plant.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');
const planted = 25;

describe.skipIf(chromium === undefined)('triage', () => {
  const offences = noOffences();
  let dashboard: Dashboard;

  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    const { api } = dashboard;
    const repositoryId = await plantRepository(api, api.acme, 'shop');
    const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
    const findings = Array.from({ length: planted }, (_, at) => ({ repositoryId, scanId, path: `src/${String(at)}.js`, score: 90 - at }));
    await plantFindings(api, api.acme, findings);
  });
  afterAll(async () => {
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });

  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(dashboard.base + path);
    await page.locator('.finding-row').first().waitFor();
  };
  const totalOf = async (filter: string): Promise<number> => {
    const answer = await dashboard.api.ask('GET', `/v1/findings?limit=1&${filter}`, { token: dashboard.api.acme.read });
    return listFindings.answers[200].schema.parse(answer.json).total;
  };

  test('twenty_findings_are_confirmed_by_twenty_keys_the_count_falls_by_twenty_and_survives_a_reload', async () => {
    const page = await dashboard.member(offences);
    await open(page, '/findings?state=open');
    await page.locator('.finding-row').first().focus();
    for (let left = planted; left > planted - 20; left--) {
      await page.keyboard.press('e');
      expect(await page.evaluate(() => document.activeElement?.className), 'the focus stays on a row').toContain('finding-row');
      await expect.poll(() => page.locator('.count').innerText()).toBe(String(left - 1));
    }
    expect(await totalOf('state=confirmed')).toBe(20);
    await page.reload();
    await expect.poll(() => page.locator('.count').innerText()).toBe(String(planted - 20));
    await page.context().close();
  });

  test('a_decision_is_announced_shown_at_once_and_taken_back_by_u', async () => {
    const page = await dashboard.member(offences);
    await open(page, '/findings?path=src/24.js');
    await page.locator('.finding-row').first().focus();
    await page.keyboard.press('r');
    await page.locator('.finding-row', { hasText: 'in review' }).waitFor();
    await page.getByText('in review: finding in src/24.js').waitFor({ state: 'attached' });
    await expect.poll(() => totalOf('state=in_review')).toBe(1);
    await page.keyboard.press('u');
    await page.locator('.finding-row', { hasText: 'open' }).waitFor();
    await expect.poll(() => totalOf('state=in_review')).toBe(0);
    await page.context().close();
  });

  test('what_the_server_refuses_goes_back_on_screen_and_is_said', async () => {
    const page = await dashboard.member(offences, dashboard.api.acme.read);
    await open(page, '/findings?path=src/23.js');
    await page.locator('.finding-row').first().focus();
    await page.keyboard.press('e');
    await page.getByText('The credential does not reach this far').waitFor({ state: 'attached' });
    await page.locator('.finding-row', { hasText: 'open' }).waitFor();
    expect(await totalOf('path=src/23.js&state=open')).toBe(1);
    await page.context().close();
  });

  test('what_is_said_about_a_finding_stands_in_its_history_as_text_in_both_themes', async () => {
    const page = await dashboard.member(offences);
    await open(page, '/findings?path=src/22.js');
    await page.locator('.finding-row').first().click();
    await page.getByLabel('Comment').fill('<img src=x onerror=alert(1)> ad\u202emin');
    await page.getByRole('button', { name: 'Add comment' }).click();
    const said = page.locator('.history-comment');
    await said.waitFor();
    expect(await said.innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await said.innerText()).not.toContain('\u202e');
    await page.getByRole('button', { name: 'Confirmed' }).click();
    await page.locator('.history strong', { hasText: 'confirmed' }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((violation) => [violation.id, violation.nodes.map((node) => node.html)])).toEqual([]);
    }
    await page.context().close();
  });
});
