import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { plantMember } from '../../tools/testing/plant-member.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('the end of an account', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  let page: Page;

  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    const owner = await plantMember(dashboard.api, dashboard.api.acme, 'owner');
    const visitor = await dashboard.visitor(offences);
    await visitor.addCookies([{ name: 'aegis_session', value: owner.secret, url: dashboard.base }]);
    page = await visitor.newPage();
  });
  afterAll(async () => {
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });
  const shut = (state: 'closing' | 'open') =>
    dashboard.api.database.admin('update app.tenant set state = $2 where tenant_id = $1', [dashboard.api.acme.id, state]);

  test('an_owner_reads_what_happens_when_and_types_the_name_before_anything_can_be_pressed', async () => {
    await page.goto(`${dashboard.base}/settings/account`);
    const press = page.getByRole('button', { name: 'Close this account' });
    await press.waitFor();
    expect(await press.isDisabled()).toBe(true);
    await page.getByLabel('Type Acme to confirm').fill('acme');
    expect(await press.isDisabled()).toBe(true);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect((await new AxeBuilder({ page }).analyze()).violations, colorScheme).toEqual([]);
    }
    await page.getByLabel('Type Acme to confirm').fill('Acme');
    expect(await press.isDisabled()).toBe(false);
    await press.click();
    // nobody without a passkey closes anything
    await page.getByText('This is done by a person who is signed in and has a passkey').waitFor();
  });

  test('while_it_closes_every_page_is_the_one_that_keeps_it_with_the_time_that_is_left', async () => {
    await shut('closing');
    await page.goto(`${dashboard.base}/findings`);
    await page.getByRole('heading', { name: 'This account is being closed' }).waitFor();
    expect(await page.getByRole('timer', { name: 'Time left' }).textContent()).toMatch(/^[0-5]:[0-5]\d$/u);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect((await new AxeBuilder({ page }).analyze()).violations, colorScheme).toEqual([]);
    }
    await page.getByRole('button', { name: 'Keep the account' }).click();
    await page.getByRole('heading', { name: 'Findings' }).waitFor();
    const [row] = await dashboard.api.database.admin('select state from app.tenant where tenant_id = $1', [dashboard.api.acme.id]);
    expect(row).toEqual({ state: 'open' });
  });
});
