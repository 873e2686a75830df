import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportIdSchema, jobIdSchema } from '@lib/contract';
import { formatVerifierKey } from '@lib/engine/tlog';
import { runExport, type RunExportDeps } from '@lib/flow/export';
import { flushAudit, recordAudit, startSequencer } from '@lib/guard/audit';
import { openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase } from '@lib/platform/db';
import { openLog } from '@lib/platform/telemetry';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { commandRunner } from '../../../tools/testing/cli-terminal.ts';
import { startWitness } from '../../../tools/testing/witness-peer.ts';
import { keepApiAddress } from '../api/api-address.ts';
import { runEvidenceCommand } from '../evidence/run-evidence-command.ts';
import { plantSealedScan } from '../../../libs/flow/evidence/keeping.spec-support.ts';
import { runAuditCommand } from './run-audit-command.ts';
import { runVerifyCommand } from './run-verify-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-session-'));
let api: TestApi;
let exporter: RunExportDeps;
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  api = await testApi();
  stops.push(() => api.close());
  const log = openLog({ destination: { write: () => true }, service: 'test', level: 'silent' });
  const audit = openDatabase({ url: api.database.urls.aegis_audit, poolMax: 2, applicationName: 'sequencer' });
  const dispatch = openDatabase({ url: api.database.urls.aegis_dispatch, poolMax: 1, applicationName: 'dispatch' });
  const sequencer = startSequencer({ database: audit, dispatch, keys: { kms: api.keyring, host: 'audit.test' }, log });
  const worker = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 6, applicationName: 'worker' });
  exporter = { tenancy: openTenancy(worker), clock: systemClock, ids: systemIds, kms: api.keyring, objects: api.objects };
  stops.push(
    () => Promise.all([closeDatabase(audit), closeDatabase(worker), closeDatabase(dispatch)]),
    () => sequencer.stop(),
  );
  await flushAudit({ tenancy: api.tenancy, sequencer }, api.acme.context);
  await keepApiAddress(folder, { base: api.base, token: api.acme.admin });
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  rmSync(folder, { recursive: true, force: true });
});

const aegis = commandRunner(folder);
const audit = (...argv: readonly string[]) => aegis(runAuditCommand, ...argv);

/** In the place of a worker: waits for the next export that is asked for, and makes it. */
async function makeNextExport(): Promise<void> {
  const take = `update app.job set state = 'running', attempts = 1, lease_until = now() + interval '1 hour'
    where kind = 'export.bundle' and state = 'pending' returning id, payload ->> 'exportId' as export`;
  let rows = await api.database.admin(take);
  while (rows.length === 0) rows = await api.database.admin(take);
  const payload = { tenantId: api.acme.id, exportId: exportIdSchema.parse(rows[0]?.['export']) };
  const id = jobIdSchema.parse(rows[0]?.['id']);
  const { signal } = new AbortController();
  await runExport(exporter, { id, kind: 'export.bundle', tenantId: api.acme.id, pass: api.acme.context.pass, payload, attempt: 1, signal });
}

describe('aegis audit export', () => {
  it('writes_a_bundle_that_the_offline_check_accepts_and_leaves_nothing_half_written', async () => {
    const file = join(folder, 'bundle.tar');
    const [made] = await Promise.all([audit('export', file, '--views', 'jsonl,csv,ocsf,parquet', '--proofs', '0'), makeNextExport()]);
    expect([made.code, made.errors.includes(' entries, ready'), made.out.includes('whole log')], made.errors).toEqual([0, true, true]);
    expect(await aegis((argv, terminal) => runVerifyCommand(argv.slice(0, 1), terminal), file)).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).not.toContain('bundle.tar.part');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('of_a_selection_says_that_it_is_one', async () => {
    const file = join(folder, 'some.tar');
    const [made] = await Promise.all([audit('export', file, '--actions', 'token.created', '--views', ''), makeNextExport()]);
    expect(made.out).toContain('filtered export: 1 rows');
  });

  it('of_what_does_not_fit_exits_2_and_asks_for_nothing', async () => {
    const before = await api.database.admin('select count(*) from app.audit_export');
    expect((await audit('export', join(folder, 'x.tar'), '--actions', 'no.action')).code).toBe(2);
    expect((await audit('export')).code).toBe(2);
    expect(await api.database.admin('select count(*) from app.audit_export')).toEqual(before);
  });
});

describe('aegis audit prove', () => {
  it('checks_and_writes_an_event_and_its_proof', async () => {
    const [leaf] = await api.database.admin('select event_id, entry from app.audit_leaf where tenant_id = $1 and idx = 0', [api.acme.id]);
    const name = join(folder, 'event');
    const proved = await audit('prove', String(leaf?.['event_id']), '--output', name);
    expect([proved.code, proved.out], proved.errors).toEqual([0, expect.stringContaining(`entry 0 of `)]);
    expect(readFileSync(`${name}.json`).equals(leaf?.['entry'] as Buffer)).toBe(true);
    expect(readFileSync(`${name}.tlog-proof`, 'utf8')).toMatch(/^c2sp[.]org\/tlog-proof@v1\nindex 0\n/u);
  });

  it('under_the_key_of_another_log_writes_nothing_and_exits_1', async () => {
    const [leaf] = await api.database.admin('select event_id from app.audit_leaf where tenant_id = $1 and idx = 0', [api.acme.id]);
    const peer = await startWitness('note');
    const refused = await audit(
      'prove',
      String(leaf?.['event_id']),
      '--output',
      join(folder, 'forged'),
      '--key',
      formatVerifierKey(peer.key),
    );
    await peer.stop();
    expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('the proof does not hold')]);
    expect(readdirSync(folder).filter((name) => name.startsWith('forged'))).toEqual([]);
  });
});

describe('aegis audit', () => {
  it('check_answers_for_the_live_log', async () => {
    expect(await audit('check')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^verified {2}\d+ entries, root [0-9a-f]{64}/u) as string,
    });
  });

  it('witnesses_are_named_shown_required_and_removed', async () => {
    const peer = await startWitness();
    const added = await audit('witness', 'add', formatVerifierKey(peer.key), peer.url);
    const id = /^added {5}(\S+)$/mu.exec(added.out)?.[1] ?? '';
    expect((await audit('witness', 'require', '1', '100')).code).toBe(0);
    const list = await audit('witness', 'list');
    expect(list.out).toContain(`witness   ${id}  ${peer.url}  0 of `);
    expect(list.out).toContain('rule      1 must have cosigned, at most 100 entries ahead of them');
    await expect(audit('witness', 'remove', id)).rejects.toMatchObject({
      code: 'up.api_refused',
      publicText: expect.stringContaining('audit.witness_needed') as string,
    });
    expect([(await audit('witness', 'waive')).code, (await audit('witness', 'remove', id)).code]).toEqual([0, 0]);
    expect((await audit('witness', 'list')).out).toContain('witness   none');
    await peer.stop();
  });

  it('sinks_are_added_with_a_secret_from_a_file_shown_and_removed', async () => {
    const file = join(folder, 'secret.txt');
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    writeFileSync(file, `${secret}\n`, { mode: 0o600 });
    const added = await audit('sink', 'webhook', 'https://siem.test/audit', file);
    const id = /^added {5}(\S+)$/mu.exec(added.out)?.[1] ?? '';
    expect((await audit('sink', 'syslog', 'syslog.test', '6514')).code).toBe(0);
    await api.database.admin(`update app.audit_sink set failures = 2, error_code = 'sink.unavailable', failed_at = now() where id = $1`, [
      id,
    ]);
    const { out } = await audit('sink', 'list');
    expect(out).toMatch(
      new RegExp(`^sink {6}${id} {2}webhook https://siem.test/audit {2}0 of \\d+, not taken 2 times: sink.unavailable at `, 'mu'),
    );
    expect(out).toMatch(/^sink {6}\S+ {2}syslog syslog.test:6514 {2}0 of \d+$/mu);
    expect(out).not.toContain(secret);
    expect((await audit('sink', 'remove', id)).code).toBe(0);
    expect((await audit('sink', 'list')).out).toMatch(new RegExp(`^sink {6}${id} .*, leaves at \\d{4}-`, 'mu'));
    await expect(audit('sink', 'webhook', 'https://siem.test', join(folder, 'none'))).rejects.toMatchObject({
      code: 'cli.secret_unreadable',
    });
    await expect(audit('sink', 'splunk', 'http://splunk.test', file)).rejects.toMatchObject({
      publicText: expect.stringContaining('http.request_invalid') as string,
    });
  });

  it('erase_forgets_a_person_once', async () => {
    await api.tenancy.withTenant(api.acme.context, 'test', (tx) =>
      recordAudit(
        tx,
        { action: 'finding.read', targets: [], outcome: 'success', personal: { subject: 'p', data: { ip: '192.0.2.1' } } },
        { clock: systemClock, ids: systemIds, personalKeys: api.keyring },
      ),
    );
    expect([(await audit('erase', 'p')).out, (await audit('erase', 'p')).out]).toEqual(['erased\n', 'there was nothing to erase\n']);
  });

  it('without_a_command_says_what_there_is_and_an_unknown_one_exits_2', async () => {
    expect((await audit()).code).toBe(2);
    expect((await audit('constructor')).code).toBe(2);
    const help = await aegis((argv, terminal) => runAuditCommand(argv.slice(0, 1), terminal), 'help');
    expect([help.code, help.out]).toEqual([0, expect.stringContaining('verify BUNDLE')]);
  });

  it('where_nobody_answers_or_nothing_was_started_says_so', async () => {
    const elsewhere = mkdtempSync(join(folder, 'none-'));
    const terminal = { write: () => undefined, writeError: () => undefined, isTty: false, checkout: folder, token: 'secret' };
    expect(await runAuditCommand(['check', '--data', elsewhere], terminal)).toBe(2);
    await expect(runAuditCommand(['check', '--url', 'http://127.0.0.1:9'], terminal)).rejects.toMatchObject({
      code: 'cli.api_unreachable',
    });
  });
});

describe('aegis evidence', () => {
  it('holds_extends_and_releases_the_evidence_of_a_scan', async () => {
    const scanId = await plantSealedScan(api, api.acme);
    const evidence = (...argv: readonly string[]) => aegis(runEvidenceCommand, ...argv);
    const until = new Date(Date.now() + 600 * 86_400_000).toISOString();
    expect((await evidence('hold', scanId, '--reason', 'a case')).out).toContain('hold: placing');
    expect((await evidence('extend', scanId, '--until', until)).out).toContain(`until ${until}`);
    expect((await evidence('release', scanId)).code).toBe(0);
    await expect(evidence('hold', scanId)).rejects.toMatchObject({ publicText: expect.stringContaining('http.request_invalid') as string });
  });
});
