import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditEntrySchema, pageOf, scanSchema, type AuditEvent } from '@lib/contract';
import { systemClock } from '@lib/platform/clock';
import { readWorkerSettings } from '@lib/platform/config';
import { migrateQueue } from '@lib/platform/queue';
import { openServiceLog } from '@lib/platform/telemetry';
import { testFolder, testRuntime } from '../../sandbox/escape/test-runtime.ts';
import { testApi, type TestApi } from '../../tools/testing/api.ts';
import { openWorker, type RunningWorker } from './open-worker.ts';

// The product from the request to the audit log, with the real walls; only the analyzer is hostile.
describe.skipIf(process.platform !== 'linux')('an analyzer that attacks', () => {
  const runtimes = testFolder();
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-attack-')));
  let api: TestApi;
  let worker: RunningWorker;
  beforeAll(async () => {
    chmodSync(work, 0o711);
    api = await testApi();
    await migrateQueue({ kind: 'postgres', url: api.database.urls.aegis_queue });
    const scratch = dirname(dirname(api.folder));
    const { urls } = api.database;
    const settings = readWorkerSettings({
      AEGIS_ENVIRONMENT: 'embedded',
      AEGIS_WORKER_DATABASE_URL: urls.aegis_worker,
      AEGIS_AUDIT_DATABASE_URL: urls.aegis_audit,
      AEGIS_DISPATCH_DATABASE_URL: urls.aegis_dispatch,
      AEGIS_QUEUE_URL: urls.aegis_queue,
      AEGIS_WORK_DIRECTORY: work,
      AEGIS_SANDBOX_RUNTIME: await testRuntime(runtimes.path, 'misbehaving-runner.ts'),
      AEGIS_OBJECTS: `folder:${join(scratch, 'objects')}`,
      AEGIS_KEYS: `keyring:${join(scratch, 'keys')}`,
      AEGIS_AUDIT_HOST: 'audit.test',
    });
    worker = await openWorker(settings, openServiceLog({ stream: new PassThrough().resume(), service: 'worker-test', clock: systemClock }));
  });
  afterAll(async () => {
    await worker.stop();
    await api.close();
    runtimes.remove();
    rmSync(work, { recursive: true, force: true });
  });

  async function scanOf(behaviour: string) {
    const folder = join(api.folder, randomBytes(4).toString('hex'));
    mkdirSync(folder);
    writeFileSync(join(folder, 'behaviour'), behaviour);
    const { write } = api.acme;
    const made = await api.ask('POST', '/v1/repositories', {
      token: write,
      body: { name: behaviour, source: { kind: 'folder', path: folder } },
    });
    expect(made.status).toBe(201);
    const repositoryId = (made.json as { id: string }).id;
    const asked = await api.ask('POST', '/v1/scans', { token: write, body: { repositoryId, options: { analyzers: ['sast'] } } });
    const { id } = scanSchema.parse(asked.json);
    for (;;) {
      const scan = scanSchema.parse((await api.ask('GET', `/v1/scans/${id}`, { token: api.acme.read })).json);
      if (scan.stage === 'done') return scan;
      await pause(50);
    }
  }

  const ofScan = (event: AuditEvent, id: string): boolean => event.targets.some((target) => target.id === id);

  async function logged(scanId: string): Promise<readonly AuditEvent[]> {
    for (;;) {
      const answer = await api.ask('GET', '/v1/audit/entries?limit=100', { token: api.acme.admin });
      const events = pageOf(auditEntrySchema)
        .parse(answer.json)
        .items.map((entry) => entry.event)
        .filter((event) => ofScan(event, scanId));
      if (events.some((event) => event.action === 'scan.finished')) return events;
      await pause(50);
    }
  }

  it('is_one_alert_in_the_tenants_log_is_not_tried_again_and_the_customer_is_told', async () => {
    const scan = await scanOf('findings then raw ptrace');
    expect(scan).toMatchObject({ state: 'incomplete', errorCode: 'sandbox.escape_attempt', findingCount: 10 });
    const alerts = (await logged(scan.id)).filter((event) => event.action === 'sandbox.escape_attempt');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]).toMatchObject({ outcome: 'denied', actor: { type: 'worker' } });
    const jobs = await api.database.admin(
      `select kind, state, attempts from app.job where payload ->> 'scanId' = $1 order by created_at, id`,
      [scan.id],
    );
    expect(jobs).toEqual([
      { kind: 'ingest.seal', state: 'done', attempts: 1 },
      { kind: 'scan.analyze', state: 'done', attempts: 1 },
      { kind: 'findings.record', state: 'done', attempts: 1 },
      { kind: 'evidence.expire', state: 'pending', attempts: 0 }, // waits for the end of the retention
    ]);
    const others = await api.ask('GET', '/v1/audit/entries?limit=100', { token: api.other.admin });
    expect(JSON.stringify(others.json)).not.toContain('sandbox.escape_attempt');
  });

  it('that_does_its_work_raises_no_alert', async () => {
    const scan = await scanOf('good');
    expect(scan).toMatchObject({ state: 'succeeded', errorCode: null });
    expect((await logged(scan.id)).map((event) => event.action)).not.toContain('sandbox.escape_attempt');
  });
});
