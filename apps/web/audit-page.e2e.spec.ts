import { AxeBuilder } from '@axe-core/playwright';
import { exportIdSchema, jobIdSchema } from '@lib/contract';
import { runExport } from '@lib/flow/export';
import { openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { auditPlacing, type AuditPlacing } from '../../tools/testing/place-audit.ts';
import { requirePeer } from '../../tools/testing/require-peer.ts';
import { noOffences, openDashboard, type Dashboard } from './dashboard.spec-support.ts';

const chromium = requirePeer('chromium', 'apt-get install chromium');

describe.skipIf(chromium === undefined)('the audit page', () => {
  const offences = noOffences();
  let dashboard: Dashboard;
  let placing: AuditPlacing;
  let page: Page;
  beforeAll(async () => {
    dashboard = await openDashboard(chromium ?? '');
    placing = auditPlacing(dashboard.api);
    const { acme } = dashboard.api;
    await dashboard.api.database.admin(
      `insert into app.audit_outbox (tenant_id, id, entry) select $1::text::uuid, gen_random_uuid(), convert_to(
         jsonb_build_object('v', 1, 'id', gen_random_uuid(), 'tenant', $1::text, 'action', 'finding.read', 'occurredAt', '2026-01-02T03:04:05.678Z',
           'actor', jsonb_build_object('type', 'token', 'id', 't'), 'targets', '[]'::jsonb, 'purpose', 'test', 'outcome', 'success',
           'context', '{}'::jsonb)::text, 'UTF8')
       from generate_series(1, 2500)`,
      [acme.id],
    );
    await placing.place(acme.id);
    page = await dashboard.member(offences, acme.admin);
  });
  afterAll(async () => {
    await placing.close();
    await dashboard.close();
    expect(offences, 'over the whole suite').toEqual(noOffences());
  });

  const open = async (): Promise<void> => {
    await page.goto(`${dashboard.base}/audit`);
    await page.getByRole('button', { name: 'Check in this browser' }).waitFor();
  };
  const check = async (): Promise<string> => {
    await page.getByRole('button', { name: 'Check in this browser' }).click();
    await page.getByRole('button', { name: 'Check in this browser', disabled: false }).waitFor();
    const chip = page.getByRole('region', { name: 'Check in this browser' }).locator('.chip');
    return chip.innerText();
  };
  const remembered = () => page.evaluate((id) => localStorage.getItem(`aegis.audit.${id}`), dashboard.api.acme.id);
  const kept = async (): Promise<{ readonly checkpoint: string }> => JSON.parse((await remembered()) ?? '{}') as { checkpoint: string };
  const tamper = (statement: string): Promise<unknown> =>
    dashboard.api.database.admin(`do $$ begin set local session_replication_role = replica; ${statement}; end $$`);
  const alarm = () => page.getByText('This is not the log that this browser has seen');

  test('the_log_is_hashed_in_the_browser_which_remembers_the_checkpoint_and_shows_later_that_the_log_extends_it', async () => {
    await open();
    await expect.poll(remembered).not.toBeNull();
    expect(await check()).toMatch(/^✓ 2,5\d\d events hashed here, signature valid; it extends what was kept at 2,5\d\d$/u);
    const before = (await kept()).checkpoint;
    await placing.place(dashboard.api.acme.id);
    await open();
    expect(await check()).toContain('✓');
    expect((await kept()).checkpoint).not.toBe(before);
    expect(await alarm().count()).toBe(0);
  });

  test('a_checkpoint_that_its_user_kept_is_compared_too', async () => {
    await page.getByText('Compare with a checkpoint that you kept').click();
    await page.getByLabel('Checkpoint', { exact: true }).fill((await kept()).checkpoint.replace(/\n\d+\n/u, '\n7\n'));
    expect(await check()).toBe('✕ a signature is not that of the key');
    await page.getByLabel('Checkpoint', { exact: true }).fill((await kept()).checkpoint);
    await page.getByLabel('Key from elsewhere (optional)').fill('audit.test/t/x+00000000+AAAA');
    expect(await check()).toBe('✕ the log is signed by another key than before');
  });

  test('an_entry_that_was_changed_is_named_and_nothing_of_that_log_is_remembered', async () => {
    await open();
    const before = await remembered();
    await tamper(`update app.audit_leaf set entry = entry || '\\x20'::bytea where tenant_id = '${dashboard.api.acme.id}' and idx = 1234`);
    expect(await check()).toBe('✕ an entry is not what was hashed (entry 1234)');
    expect(await remembered()).toBe(before);
    await tamper(
      `update app.audit_leaf set entry = substring(entry for length(entry) - 1) where tenant_id = '${dashboard.api.acme.id}' and idx = 1234`,
    );
    expect(await check()).toContain('✓');
  });

  test('an_export_is_asked_for_followed_and_downloaded', async () => {
    await open();
    await page.getByLabel('Parquet').check();
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('progressbar', { name: 'Entries exported' }).waitFor();
    const id = exportIdSchema.parse(new URL(page.url()).searchParams.get('export'));
    await makeExport(dashboard, id);
    const link = page.getByRole('link', { name: 'Download' });
    await link.waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toMatch(/^aegis-audit-\d+[.]tar$/u);
    expect(await download.failure()).toBeNull();
    await page.reload();
    await link.waitFor();
  });

  test.each(['light', 'dark'])('it_has_no_fault_that_axe_finds_in_%s', async (theme) => {
    await open();
    await page.getByText('Compare with a checkpoint that you kept').click();
    await page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  });

  test('a_log_that_was_put_back_is_an_alarm_as_soon_as_the_page_is_opened', async () => {
    const { acme } = dashboard.api;
    const [old] = await dashboard.api.database.admin('select size, edge, root, checkpoint from app.audit_tree where tenant_id = $1', [
      acme.id,
    ]);
    await open(); // its readings are events
    await placing.place(acme.id);
    await open();
    expect(await check()).toContain('✓');
    const hex = (value: unknown): string => Buffer.from(value as Uint8Array).toString('hex');
    await tamper(
      `update app.audit_tree set size = ${String(old?.['size'])}, edge = '\\x${hex(old?.['edge'])}', root = '\\x${hex(old?.['root'])}',
         checkpoint = convert_from('\\x${Buffer.from(String(old?.['checkpoint'])).toString('hex')}', 'UTF8') where tenant_id = '${acme.id}'`,
    );
    await open();
    await alarm().waitFor();
    expect(await page.getByText('the log is shorter than it was').count()).toBeGreaterThan(0);
  });
});

/** In the place of a worker. */
async function makeExport({ api }: Dashboard, exportId: ReturnType<typeof exportIdSchema.parse>): Promise<void> {
  const [row] = await api.database.admin(
    `update app.job set state = 'running', attempts = 1, lease_until = now() + interval '1 hour' where payload ->> 'exportId' = $1 returning id`,
    [exportId],
  );
  const database = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 3, applicationName: 'worker' });
  const deps = { tenancy: openTenancy(database), clock: systemClock, ids: systemIds, kms: api.keyring, objects: api.objects };
  const tenantId = api.acme.id;
  const { signal } = new AbortController();
  const job = {
    id: jobIdSchema.parse(row?.['id']),
    kind: 'export.bundle',
    tenantId,
    pass: api.acme.context.pass,
    payload: { tenantId, exportId },
    attempt: 1,
    signal,
  } as const;
  await runExport(deps, job).finally(() => closeDatabase(database));
}
