import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openNote, parseVerifierKey } from '@lib/engine/tlog';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('the isolation page', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
  });
  afterAll(async () => {
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });

  test('a_tenant_probes_its_isolation_with_one_press_and_saves_a_result_that_the_key_of_its_log_verifies', async () => {
    const { api, base } = dashboard;
    const page = await dashboard.member(offences, api.acme.admin);
    await page.goto(`${base}/settings/isolation`);
    await page.getByText('It has not run yet.').waitFor();
    await page.getByRole('button', { name: 'Probe now' }).click();
    const result = page.getByRole('region', { name: 'Newest result' });
    await result.getByText(/attempts held/u).waitFor();
    await result.getByText("read the decoy's finding by its id").waitFor();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      result.getByRole('link', { name: 'Save the signed result' }).click(),
    ]);
    const note = await readFile(await download.path());
    const key = parseVerifierKey((await result.locator('code').last().textContent()) ?? '');
    expect(key.ok && openNote(note, [key.value]).ok).toBe(true);
    await page.context().close();
  });
});
