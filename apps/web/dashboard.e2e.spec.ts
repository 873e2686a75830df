import { AxeBuilder } from '@axe-core/playwright';
import { findingDetailSchema, listFindings } from '@lib/contract';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plantEvent, plantFindings, plantRepository, plantScan } from '../../tools/testing/plant.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

// What a hostile repository may put wherever text is taken from it.
const hostile = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(2)</script>',
  '"><svg onload=alert(3)>',
  'javascript:alert(4)',
  'https://attacker.invalid/a.png',
  'ad\u202emin\u2066',
  'zero\u200bwidth\u{e0041}',
  '\u001b[31mred\u001b[0m',
  '{{constructor.constructor("alert(5)")()}}',
].join(' ');

describe.skipIf(chromium === undefined)('dashboard', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  let ids: Awaited<ReturnType<typeof plant>>;

  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    ids = await plant(dashboard);
  });
  afterAll(async () => {
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });

  const rowTitles = (page: Page): Promise<string[]> => page.locator('.finding-row .finding-title').allInnerTexts();
  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(dashboard.base + path);
    await page.locator('h1').first().waitFor();
    await page.getByText('Loading …').first().waitFor({ state: 'detached' });
  };

  test('a_sign_in_code_opens_a_session_and_stays_in_no_address_and_no_history_entry', async () => {
    const context = await dashboard.visitor(offences);
    const page = await context.newPage();
    await page.goto(`${dashboard.base}/#code=${dashboard.api.acme.signInCode}`);
    await page.waitForURL('**/findings');
    await page.getByRole('heading', { name: 'Findings', level: 1 }).waitFor();
    const session = await context.newCDPSession(page);
    const { entries } = await session.send('Page.getNavigationHistory');
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(entry.url + entry.userTypedURL).not.toContain(dashboard.api.acme.signInCode);
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await context.clearCookies();
    await page.goto(`${dashboard.base}/#code=${dashboard.api.acme.signInCode}`);
    await page.getByText('This sign-in address was used already').waitFor();
    expect(page.url()).not.toContain('code');
    await context.close();
  });

  test('findings_stand_worst_first_as_the_api_gives_them', async () => {
    const page = await dashboard.member(offences);
    await open(page, '/findings');
    const answer = await dashboard.api.ask('GET', '/v1/findings?limit=100', { token: dashboard.api.acme.read });
    const { items, total } = listFindings.answers[200].schema.parse(answer.json);
    const scores = (await page.locator('.finding-row .finding-score').allInnerTexts()).map((text) => Number(/\d+/u.exec(text)?.[0]));
    expect(scores).toEqual(items.map((finding) => finding.score));
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(await page.locator('.count').innerText()).toBe(String(total));
    await page.context().close();
  });

  test('filter_and_open_finding_come_from_the_address_and_back_and_forward_restore_them', async () => {
    const page = await dashboard.member(offences);
    await open(page, `/findings?severity=high&f=${ids.high}`);
    expect(await page.getByLabel('Severity').inputValue()).toBe('high');
    await page.getByRole('heading', { name: 'finding in src/high.js' }).waitFor();
    expect(await rowTitles(page)).toEqual(['finding in src/high.js']);
    await page.getByLabel('Severity').selectOption('low');
    await page.getByText('finding in src/low.js').waitFor();
    await page.getByText('finding in src/low.js').click();
    await page.getByRole('heading', { name: 'finding in src/low.js' }).waitFor();
    expect(new URL(page.url()).search).toBe(`?severity=low&f=${ids.low}`);
    await page.goBack();
    await expect.poll(() => page.locator('.pane').count()).toBe(0);
    await page.goBack();
    await page.getByRole('heading', { name: 'finding in src/high.js' }).waitFor();
    expect(await page.getByLabel('Severity').inputValue()).toBe('high');
    await page.goForward();
    await page.goForward();
    await page.getByRole('heading', { name: 'finding in src/low.js' }).waitFor();
    await page.getByRole('link', { name: 'Clear all' }).click();
    await expect.poll(() => rowTitles(page).then((titles) => titles.length)).toBeGreaterThan(2);
    await page.context().close();
  });

  test('a_finding_shows_its_flow_its_evidence_and_factors_that_add_up_to_its_score', async () => {
    const page = await dashboard.member(offences);
    await open(page, `/findings/${ids.flow}`);
    expect(await page.locator('.flow li').allInnerTexts()).toEqual([
      expect.stringContaining('the request'),
      expect.stringContaining('built into text'),
      expect.stringContaining('reaches the database'),
    ]);
    expect(await page.locator('.code-hit .code-line').allInnerTexts()).toEqual(['3']);
    const points = (await page.locator('.factors tbody td').allInnerTexts()).map((text) => Number(text.replace('−', '-')));
    const score = Number(await page.locator('.factors tfoot td').innerText());
    const answer = await dashboard.api.ask('GET', `/v1/findings/${ids.flow}`, { token: dashboard.api.acme.read });
    expect(score).toBe(findingDetailSchema.parse(answer.json).score);
    expect(points.reduce((sum, value) => sum + value, 0)).toBe(score);
    await page.getByText('✓ verified').waitFor();
    await open(page, `/findings/${ids.altered}`);
    await page.getByText('✕ mismatch').waitFor();
    expect(await page.getByText('verified', { exact: false }).count()).toBe(0);
    await page.context().close();
  });

  test('an_evidence_alarm_stands_above_every_page_until_the_person_who_is_signed_in_acknowledges_it', async () => {
    const page = await dashboard.member(offences);
    await open(page, `/findings/${ids.altered}`);
    const banner = page.getByRole('alert', { name: 'Evidence alarms' });
    await banner.getByText('Stored evidence is not what was sealed').waitFor();
    for (const path of ['/overview', '/findings', '/scans', '/audit']) {
      await open(page, path);
      await banner.waitFor();
    }
    await banner.getByRole('link', { name: 'Open the finding' }).first().click();
    await page.getByText('✕ mismatch').waitFor();
    while ((await banner.count()) > 0) {
      const before = await banner.getByRole('button', { name: 'Acknowledge' }).count();
      await banner.getByRole('button', { name: 'Acknowledge' }).first().click();
      await expect.poll(() => banner.getByRole('button', { name: 'Acknowledge' }).count()).toBeLessThan(before);
    }
    const rows = await dashboard.api.database.admin('select acknowledged_by from app.alarm', []);
    expect(rows.every((row) => String(row['acknowledged_by']).startsWith('session '))).toBe(true);
    expect(await page.getByText('✕ mismatch').count()).toBe(1); // what was seen stays seen
    await page.context().close();
  });

  test('hostile_text_is_shown_as_text_wherever_it_stands', async () => {
    const page = await dashboard.member(offences);
    for (const path of [
      `/findings?f=${ids.hostile}`,
      `/findings/${ids.hostile}`,
      '/scans',
      `/scans/${ids.hostileScan}`,
      '/findings?path=%3Cimg%20src%3Dx%20onerror%3Dalert(9)%3E',
    ]) {
      await open(page, path);
      await page.getByText('<img src=x onerror=alert').first().waitFor({ state: 'attached' });
      expect(await page.locator('main').locator('img, script, svg, iframe, object').count(), path).toBe(0);
      expect(await page.locator('a[href^="javascript:" i], a[href*="attacker.invalid"]').count(), path).toBe(0);
      expect(
        await page.evaluate(() => /[\u202a-\u202e\u2066-\u2069\u200b\u001b]/u.test(document.body.innerText + document.title)),
        path,
      ).toBe(false);
    }
    await open(page, `/findings/${ids.hostile}`);
    for (const place of ['.finding-name', '.place', '.code', '.flow', '.prose', '.factors', '.plain-list'])
      expect(await page.locator(place).first().innerText(), place).toContain('U+202E');
    expect(await page.locator('.finding header').innerText()).toContain('more characters');
    expect(offences).toEqual(noOffences());
    await page.context().close();
  });

  test('a_script_that_got_into_the_page_all_the_same_does_not_run_and_is_noticed', async () => {
    const own = noOffences();
    const page = await dashboard.member(own);
    await open(page, '/findings');
    // from a timer, because the policy does not bind what the debugger itself evaluates
    const ran = await page.evaluate(
      () =>
        new Promise((resolve) => {
          setTimeout(() => {
            const script = document.createElement('script');
            const refused: string[] = [];
            const attempts = {
              script: () => (script.textContent = 'window.ran = true'),
              markup: () => (document.body.innerHTML = '<img src=x onerror="window.ran = true">'),
              code: () => Reflect.construct(Function, ['window.ran = true']),
              handler: () => document.body.setAttribute('onclick', 'window.ran = true'),
            };
            for (const [name, attempt] of Object.entries(attempts))
              try {
                attempt();
              } catch {
                refused.push(name);
              }
            document.body.append(script);
            document.body.click();
            resolve({ ran: Reflect.has(window, 'ran'), refused });
          });
        }),
    );
    expect(ran).toEqual({ ran: false, refused: ['script', 'markup', 'code', 'handler'] });
    await expect.poll(() => own.violations.length).toBeGreaterThan(2);
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)(
    'no_page_has_an_accessibility_violation_in_the_%s_theme',
    async (theme) => {
      const page = await dashboard.member(offences);
      await page.addInitScript((name) => localStorage.setItem('aegis.theme', name), theme);
      for (const path of everyPage(ids)) {
        await open(page, path);
        const { violations } = await new AxeBuilder({ page })
          .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'])
          .setLegacyMode(true)
          .analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
        expect(found, `${path} ${theme}`).toEqual([]);
      }
      await page.context().close();
    },
    180_000,
  );

  test('no_page_scrolls_sideways_at_320_pixels', async () => {
    const page = await dashboard.member(offences);
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of everyPage(ids)) {
      await open(page, path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
    }
    await page.context().close();
  });

  test('the_keyboard_alone_moves_opens_and_closes_and_the_focus_comes_back_to_the_row', async () => {
    const page = await dashboard.member(offences);
    await open(page, '/findings');
    const focused = (): Promise<string | undefined> =>
      page.evaluate(() => (document.activeElement instanceof HTMLElement ? document.activeElement.dataset['finding'] : undefined));
    const order = await page.locator('.finding-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-finding')));
    await page.keyboard.press('j');
    expect(await focused(), 'letters do nothing outside the list').toBeUndefined();
    for (let presses = 0; presses < 20 && (await focused()) === undefined; presses++) await page.keyboard.press('Tab');
    expect(await focused()).toBe(order[0]);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('k');
    expect(await focused()).toBe(order[1]);
    await page.keyboard.press('Enter');
    await page.locator('.pane .finding-name').waitFor();
    expect(new URL(page.url()).searchParams.get('f')).toBe(order[1]);
    const chosen = page.locator('.finding-row[aria-current]');
    expect(await chosen.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-finding')))).toEqual([order[1]]);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.pane').count()).toBe(0);
    expect(await focused()).toBe(order[1]);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Close' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(focused).toBe(order[1]);
    await page.context().close();
  });

  test('without_a_session_every_page_leads_to_the_sign_in_and_back_to_where_one_was', async () => {
    const page = await dashboard.member(offences);
    await open(page, `/findings?severity=high&f=${ids.high}`);
    await page.context().clearCookies();
    await page.reload();
    await page.waitForURL('**/sign-in?back=*');
    await page.getByLabel('API token').fill('aegis_wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('This token is not valid.').waitFor();
    await page.getByLabel('API token').fill(dashboard.api.acme.read);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'finding in src/high.js' }).waitFor();
    expect(new URL(page.url()).search).toBe(`?severity=high&f=${ids.high}`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    expect(await page.context().cookies()).toEqual([]);
    await page.context().close();
  });

  test('another_tenants_finding_and_an_unknown_one_show_the_same_message', async () => {
    const page = await dashboard.member(offences);
    const messageOf = async (id: string): Promise<string> => {
      await open(page, `/findings/${id}`);
      await page.getByText('Nothing here').waitFor();
      return (await page.locator('main').innerText()).replace(/request \S+/u, 'request …');
    };
    const unknown = await messageOf('01990000-0000-4000-8000-000000000000');
    expect(unknown).toContain('It does not exist, or it is not yours to see.');
    expect(await messageOf(ids.theirs)).toBe(unknown);
    await page.context().close();
  });

  test('a_running_scan_moves_on_screen_and_goes_on_after_the_stream_was_cut', async () => {
    const page = await dashboard.member(offences);
    const of = { tenantId: dashboard.api.acme.id, scanId: ids.running };
    await open(page, `/scans/${ids.running}`);
    const stage = page.locator('.stages [aria-current="step"]');
    const files = page.locator('.figures').getByText(/\d+ of 10/u);
    await expect.poll(() => stage.innerText()).toContain('Queued');
    await plantEvent(dashboard.api, of, { seq: 2, stage: 'ingest' });
    await expect.poll(() => stage.innerText()).toContain('Tree sealed');
    await plantEvent(dashboard.api, of, { seq: 3, stage: 'analyze' });
    await expect.poll(() => files.innerText()).toBe('3 of 10');
    dashboard.cut();
    await page.getByText('Live view paused').waitFor();
    await plantEvent(dashboard.api, of, { seq: 4, stage: 'analyze' });
    await plantEvent(dashboard.api, of, { seq: 5, stage: 'record' });
    dashboard.mend();
    await expect.poll(() => stage.innerText(), { timeout: 20_000 }).toContain('Evidence sealed');
    expect(await files.innerText()).toBe('5 of 10');
    expect(await page.getByText('Live view paused').count()).toBe(0);
    await dashboard.api.database.admin(
      `update app.scan set state = 'succeeded', stage = 'done', files_total = 10, files_done = 6, finished_at = now() where id = $1`,
      [ids.running],
    );
    await plantEvent(dashboard.api, of, { seq: 6, stage: 'done' });
    await page.locator('h1 .chip', { hasText: 'complete' }).waitFor();
    expect(await stage.count()).toBe(0);
    await page.context().close();
  });
});

function everyPage(ids: {
  readonly flow: string;
  readonly hostile: string;
  readonly done: string;
  readonly running: string;
}): readonly string[] {
  return [
    '/overview',
    '/findings',
    `/findings?f=${ids.flow}`,
    `/findings?f=${ids.hostile}`,
    '/findings?severity=info',
    '/findings?severity=none-such',
    `/findings/${ids.flow}`,
    `/findings/${ids.hostile}`,
    '/findings/01990000-0000-4000-8000-000000000000',
    '/scans',
    `/scans/${ids.done}`,
    `/scans/${ids.running}`,
    '/audit',
    '/sign-in',
  ];
}

async function plant({ api }: Dashboard) {
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  const done = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const running = await plantScan(api, api.acme, { repositoryId, stages: ['queued'] });
  const of = { repositoryId, scanId: done };
  const [low = '', high = '', flow = '', altered = ''] = await plantFindings(api, api.acme, [
    { ...of, path: 'src/low.js', score: 20, severity: 1 },
    { ...of, path: 'src/high.js', score: 80, severity: 3 },
    { ...of, path: 'src/flow.js', score: 95, severity: 4 },
    { ...of, path: 'src/altered.js', score: 50, severity: 2 },
  ]);
  await api.database.admin(`update app.sighting set sha256 = decode(repeat('ab', 32), 'hex') where finding_id = $1`, [altered]);
  const step = (note: string, startLine: number, path = 'src/flow.js') => ({
    note,
    location: { path, startLine, startColumn: 1, endLine: startLine, endColumn: 9 },
  });
  await change(api, flow, {
    excerpt: { startLine: 1, lines: ['const id = request.query.id;', 'const text = `select ${id}`;', 'db.query(text);', ''] },
    flow: [step('the request', 1), step('built into text', 2), step('reaches the database', 3)],
    scoreFactors: [
      { name: 'severity critical', points: 70 },
      { name: 'confidence high', points: 20 },
      { name: 'traced from input to sink', points: 10 },
      { name: 'test code', points: -5 },
    ],
    references: ['https://cwe.mitre.org/data/definitions/89.html'],
  });
  const hostileRepository = await plantRepository(api, api.acme, '<img src=x onerror=alert(0)> ad\u202emin');
  const hostileScan = await plantScan(api, api.acme, { repositoryId: hostileRepository, state: 'succeeded' });
  const [bad = ''] = await plantFindings(api, api.acme, [
    { repositoryId: hostileRepository, scanId: hostileScan, path: 'src/bad.js', score: 10, severity: 1 },
  ]);
  await api.database.admin('update app.finding set title = $2, path = $2 where id = $1', [bad, hostile]);
  await change(api, bad, {
    message: `${hostile}\n${'A'.repeat(1_048_576)}`,
    remediation: hostile,
    references: ['javascript:alert(6)', 'data:text/html,<script>alert(7)</script>', hostile],
    location: { ...step('', 3).location, path: hostile },
    excerpt: { startLine: 3, lines: [hostile, 'B'.repeat(400)] },
    flow: [step(hostile, 3, hostile), step(hostile, 4, hostile)],
    scoreFactors: [{ name: hostile, points: 10 }],
    dependency: { purl: hostile, installedVersion: hostile, fixedVersions: [hostile], advisoryIds: [hostile] },
  });
  const theirRepository = await plantRepository(api, api.other, 'vault');
  const theirScan = await plantScan(api, api.other, { repositoryId: theirRepository, state: 'succeeded' });
  const [theirs = ''] = await plantFindings(api, api.other, [{ repositoryId: theirRepository, scanId: theirScan, path: 'theirs.js' }]);
  return { low, high, flow, altered, hostile: bad, hostileScan, done, running, theirs };
}

async function change(api: Dashboard['api'], id: string, detail: unknown): Promise<void> {
  await api.database.admin('update app.finding set detail = detail || $2::jsonb where id = $1', [id, JSON.stringify(detail)]);
}
