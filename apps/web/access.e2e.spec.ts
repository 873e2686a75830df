import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeDatabase, lendConnection, openDatabase, type Database } from '@lib/platform/db';
import { plantMember } from '../../tools/testing/plant-member.ts';
import { askForElevation, plantStaff, type PlantedStaff } from '../../tools/testing/plant-staff.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('operator access', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  let staff: Database;
  let ada: PlantedStaff;

  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    staff = openDatabase({ url: dashboard.api.database.urls.aegis_staff, poolMax: 1, applicationName: 'test' });
    ada = await plantStaff(dashboard.api.database, 'Ada');
  });
  afterAll(async () => {
    await closeDatabase(staff);
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });
  const ask = (ticket: string) =>
    askForElevation(
      async (text, values) =>
        lendConnection(staff, async (connection) => (await connection.send({ name: '', text, values: [...values] })).rows),
      ada,
      { tenant: dashboard.api.acme.id, ticket },
    );

  test('an_owner_is_told_above_every_page_within_seconds_and_ends_it_with_one_press', async () => {
    const { api, base } = dashboard;
    const page = await dashboard.member(offences, api.acme.admin);
    await page.goto(`${base}/findings`);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(await page.getByRole('alert', { name: 'Operator access' }).count()).toBe(0);
    await ask('SUP-42');
    const notice = page.getByRole('alert', { name: 'Operator access' });
    await notice.getByText('SUP-42').waitFor({ timeout: 30_000 });
    await notice.getByRole('link').click();
    await page.getByRole('heading', { name: 'Operator access' }).waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.getByRole('button', { name: 'End it now ticket SUP-42' }).click();
    await page.getByText('ended by us').waitFor();
    await notice.waitFor({ state: 'detached' });
    const [row] = await api.database.admin('select ended_by from app.elevation where tenant_id = $1', [api.acme.id]);
    expect(row).toEqual({ ended_by: 'customer' });
    await page.context().close();
  });

  test('the_rule_is_switched_on_and_a_request_then_waits_for_us_to_agree', async () => {
    const { api, base } = dashboard;
    const owner = await plantMember(api, api.acme, 'owner');
    const visitor = await dashboard.visitor(offences);
    await visitor.addCookies([{ name: 'aegis_session', value: owner.secret, url: base }]);
    const page = await visitor.newPage();
    await page.goto(`${base}/settings/access`);
    const rule = page.getByRole('checkbox', { name: /own people must agree/u });
    await rule.click();
    await expect.poll(() => rule.isChecked()).toBe(true);
    await ask('SUP-43');
    await page.getByText('Waits for one of our own people.').waitFor();
    await page.getByRole('button', { name: 'Agree to ticket SUP-43' }).click();
    await page.getByText('One of our own people agreed.').waitFor();
    await page.getByText('active now').waitFor();
    await page.context().close();
  });
});
