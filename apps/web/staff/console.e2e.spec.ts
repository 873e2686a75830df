import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page, type Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from 'vite';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { nameFirstStaff } from '../../../tools/testing/plant-staff.ts';
import { requirePeer } from '../../../tools/testing/require-peer.ts';
import { staffProgram, type StaffProgram } from '../../../tools/testing/staff-program.ts';

const program = requirePeer('chromium', 'apt-get install chromium');
const internal = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
} as const;

describe.skipIf(program === undefined)('the page of staff', () => {
  let database: TestDatabase;
  let staff: StaffProgram;
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'aegis-staff-'));
  const tenantId = randomUUID();
  const violations: string[] = [];

  beforeAll(async () => {
    await build({ root: import.meta.dirname, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } });
    database = await testDatabase();
    staff = await staffProgram(database, { webFolder: folder });
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
    await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'Acme')`, [tenantId]);
    await database.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, $3, '{}')`, [
      tenantId,
      randomUUID(),
      '<img src=x onerror=alert(1)>',
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await staff.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
    expect(violations).toEqual([]);
  });

  /** A person's browser with two authenticators in it, enrolled with a secret that the operator gave out. */
  async function enter(secret: string): Promise<Page> {
    const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
    page.on('console', (message) => {
      if (/content security policy|trusted(?:script|html| type)/iu.test(message.text())) violations.push(message.text());
    });
    page.on('dialog', (dialog) => {
      violations.push(dialog.message());
      void dialog.dismiss();
    });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: internal });
    await page.goto(staff.base);
    await page.getByLabel('Secret').fill(secret);
    await page.getByLabel('Name of the authenticator').fill('first');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.getByRole('region', { name: 'Second authenticator' }).waitFor();
    // the first key is put away while the second is made, as the browser would ask for; then it signs that
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    const usb = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { ...internal, transport: 'usb' } });
    const giveBack = async (route: Route): Promise<void> => {
      await devtools.send('WebAuthn.removeVirtualAuthenticator', usb);
      const back = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: internal });
      for (const credential of credentials) await devtools.send('WebAuthn.addCredential', { ...back, credential });
      await route.continue();
    };
    await page.route('**/v1/acts', giveBack, { times: 1 });
    await page.getByLabel('Name of the authenticator').fill('second');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('2 authenticators').waitFor();
    return page;
  }
  async function ask(page: Page, wish: { readonly scope: string; readonly ticket: string }): Promise<void> {
    await page.getByLabel('Tenant, as the ticket names it').fill(tenantId);
    await page.getByLabel('How far').selectOption(wish.scope);
    await page.getByLabel('Ticket', { exact: true }).fill(wish.ticket);
    await page.getByLabel('Reason, which the customer reads').fill('the scan of the shop hangs');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByRole('article', { name: `Ticket ${wish.ticket}` }).waitFor();
  }

  test('two_people_enrol_one_asks_the_other_agrees_and_what_was_shown_goes_when_the_customer_ends_it', async () => {
    const [first = '', second = ''] = await nameFirstStaff(database);
    const ada = await enter(first);
    const ben = await enter(second);
    expect((await new AxeBuilder({ page: ada }).analyze()).violations).toEqual([]);
    await ask(ada, { scope: 'findings', ticket: 'SUP-9' });
    await ada.getByText('waits for another person of staff').waitFor();
    expect(await ada.getByRole('button', { name: 'Agree to ticket SUP-9' }).count()).toBe(0);
    await ben.getByRole('button', { name: 'Agree to ticket SUP-9' }).click();
    await ada.getByRole('button', { name: 'Look by ticket SUP-9' }).click();
    const view = ada.getByRole('region', { name: 'Tenant' });
    await view.getByText('<img src=x onerror=alert(1)>').waitFor();
    await view.getByText(/Tenant .+ ticket SUP-9/u).waitFor();
    expect(await view.getByRole('timer').innerText()).toMatch(/^\d+:\d\d left$/u);
    await view.getByRole('button', { name: 'findings' }).click();
    await view.getByText('Findings, worst first: 0').waitFor();
    expect((await new AxeBuilder({ page: ada }).analyze()).violations).toEqual([]);
    await database.admin(`update app.elevation set ended_at = now(), ended_by = 'customer' where tenant_id = $1`, [tenantId]);
    await ada.getByText('This elevation is over.').waitFor({ timeout: 30_000 });
    expect(await ada.getByText('<img src=x').count()).toBe(0);
    const [row] = await database.admin('select array_agg(what order by at) as n from app.staff_read where tenant_id = $1', [tenantId]);
    expect(row).toEqual({ n: ['metadata', 'findings'] });
  });

  test('nothing_of_the_customers_pages_is_in_its_bundle', () => {
    const scripts = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'));
    const text = scripts.map((name) => readFileSync(join(folder, 'assets', name), 'utf8')).join('');
    expect(text).toContain('/v1/elevations');
    for (const address of ['/v1/scans', '/settings/members', '/v1/tokens', '/sign-in?back']) expect(text).not.toContain(address);
  });
});
