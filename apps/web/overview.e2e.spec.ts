import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listFindings, severities } from '@lib/contract';
import { plantFindings, plantRepository, plantScan } from '../../tools/testing/plant.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('the overview', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    const { api } = dashboard;
    const repositoryId = await plantRepository(api, api.acme, 'shop');
    const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
    const ranks = [4, 3, 3, 1];
    await plantFindings(
      api,
      api.acme,
      ranks.map((severity, at) => ({ repositoryId, scanId, path: `src/${String(at)}.js`, severity })),
    );
  });
  afterAll(async () => {
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });

  test('the_overview_says_what_is_open_as_the_api_counts_it_and_leads_to_it', async () => {
    const page = await dashboard.member(offences);
    await page.goto(`${dashboard.base}/`);
    await page.waitForURL('**/overview');
    for (const severity of severities) {
      const answer = await dashboard.api.ask('GET', `/v1/findings?severity=${severity}&state=open&limit=1`, {
        token: dashboard.api.acme.read,
      });
      const { total } = listFindings.answers[200].schema.parse(answer.json);
      await expect.poll(() => page.locator('.tile', { hasText: severity }).locator('.tile-figure').innerText()).toBe(String(total));
    }
    await page.locator('.tile', { hasText: 'high' }).click();
    await page.waitForURL('**/findings?severity=high&state=open');
    await page.context().close();
  });
});
