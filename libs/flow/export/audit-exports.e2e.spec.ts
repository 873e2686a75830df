import { createHash, randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  auditExportSchema,
  exportIdSchema,
  jobIdSchema,
  limits,
  readAuditLog,
  tenantIdSchema,
  type ExportId,
  type TenantId,
} from '@lib/contract';
import { leafHash } from '@lib/engine/tlog';
import { flushAudit, startSequencer, type Sequencer } from '@lib/guard/audit';
import type { RunningJob } from '@lib/guard/jobs';
import { openTenancy } from '@lib/guard/tenancy';
import { systemClock, systemIds } from '@lib/platform/clock';
import { closeDatabase, openDatabase, type Database } from '@lib/platform/db';
import { openLog } from '@lib/platform/telemetry';
import { unpackTar } from '../../../tools/tamper/sample-bundle.ts';
import { plantToken, testApi, type TestApi } from '../../../tools/testing/api.ts';
import { memorySource } from './bundle/bundle-source.ts';
import { verifyBundle } from './bundle/verify-bundle.ts';
import { expireExport, type ExpireExportDeps } from './expire-export/expire-export.ts';
import { giveUpExport } from './give-up-export.ts';
import { runExport, type RunExportDeps } from './run-export/run-export.ts';

let api: TestApi;
let sequencer: Sequencer;
let sequencerDatabase: Database;
let dispatch: Database;
let workerDatabase: Database;
beforeAll(async () => {
  api = await testApi();
  sequencerDatabase = openDatabase({ url: api.database.urls.aegis_audit, poolMax: 2, applicationName: 'sequencer-test' });
  dispatch = openDatabase({ url: api.database.urls.aegis_dispatch, poolMax: 1, applicationName: 'dispatch-test' });
  workerDatabase = openDatabase({ url: api.database.urls.aegis_worker, poolMax: 3, applicationName: 'worker-test' });
  const log = openLog({ destination: { write: () => true }, service: 'test', level: 'silent' });
  sequencer = startSequencer({ database: sequencerDatabase, dispatch, keys: { kms: api.keyring, host: 'audit.test' }, log });
  for (const tenant of [api.acme, api.other]) await flushAudit({ tenancy: api.tenancy, sequencer }, tenant.context);
});
afterAll(async () => {
  await sequencer.stop();
  await Promise.all([closeDatabase(sequencerDatabase), closeDatabase(dispatch), closeDatabase(workerDatabase)]);
  await api.close();
});

const bundlePath = (id: string): string => `/v1/audit/exports/${id}/bundle`;
const workerDeps = (change: Partial<RunExportDeps> = {}): RunExportDeps => ({
  tenancy: openTenancy(workerDatabase),
  clock: systemClock,
  ids: systemIds,
  kms: api.keyring,
  objects: api.objects,
  ...change,
});

async function ask(body: unknown = {}, token = api.acme.admin): Promise<ExportId> {
  const { json } = await api.ask('POST', '/v1/audit/exports', { token, body });
  return auditExportSchema.parse(json).id;
}

/** Takes the job of an export up in a worker's place, for the n-th time. */
async function hold(tenantId: TenantId, exportId: ExportId, kind = 'export.bundle'): Promise<RunningJob<'export.bundle'>> {
  const [row] = await api.database.admin(
    `update app.job set state = 'running', attempts = attempts + 1, lease_until = now() + interval '1 hour'
     where tenant_id = $1 and payload ->> 'exportId' = $2 and kind = $3 returning id, attempts`,
    [tenantId, exportId, kind],
  );
  const attempt = Number(row?.['attempts']);
  return {
    id: jobIdSchema.parse(row?.['id']),
    kind: 'export.bundle',
    tenantId,
    pass: api.database.pass(tenantId),
    payload: { tenantId, exportId },
    attempt,
    signal: new AbortController().signal,
  };
}

function download(id: ExportId, token = api.acme.admin): Promise<{ readonly bytes: Buffer; readonly digest: string | undefined }> {
  return new Promise((resolve, reject) => {
    get(`${api.base}${bundlePath(id)}`, { headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => resolve({ bytes: Buffer.concat(chunks), digest: answer.trailers['repr-digest'] }));
    }).on('error', reject);
  });
}

/** Puts entries straight into the log of a tenant, past the product: for long logs. */
async function pile(tenantId: TenantId, count: number): Promise<void> {
  await api.database.admin(
    `insert into app.audit_outbox (tenant_id, id, entry) select $1, gen_random_uuid(), convert_to('{"n":' || n || '}', 'UTF8') from generate_series(1, $2::int) n`,
    [tenantId, count],
  );
  await api.database.admin(`insert into ops.ready_tenant (queue, tenant_id) values ('audit', $1)`, [tenantId]);
  await flushAudit(
    { tenancy: api.tenancy, sequencer },
    { tenantId, actor: { type: 'system', id: 'test' }, pass: api.database.pass(tenantId) },
  );
}

describe('createAuditExport', () => {
  test('202_with_its_job_and_its_event_in_one_transaction', async () => {
    const { status, json } = await api.ask('POST', '/v1/audit/exports', { token: api.acme.admin, body: { views: ['csv'] } });
    const made = auditExportSchema.parse(json);
    expect([status, made.state, made.done, made.views]).toEqual([202, 'running', 0, ['csv']]);
    const jobs = await api.database.admin(`select kind from app.job where payload ->> 'exportId' = $1`, [made.id]);
    expect(jobs).toEqual([{ kind: 'export.bundle' }]);
  });

  test('400_for_what_does_not_fit', async () => {
    for (const body of [{ views: ['docx'] }, { filter: { actions: [] } }, { filter: { unknown: 1 } }, { proofs: [-1] }]) {
      expect((await api.ask('POST', '/v1/audit/exports', { token: api.acme.admin, body })).code).toBe('http.request_invalid');
    }
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/audit/exports', { body: {} })).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await api.ask('POST', '/v1/audit/exports', { token: api.acme.write, body: {} })).status).toBe(403);
  });

  test('409_before_the_first_checkpoint', async () => {
    const tenantId = tenantIdSchema.parse(randomUUID());
    await api.database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [tenantId, 'New']);
    await api.keyring.createTenantKey(tenantId);
    const token = await plantToken(api.database, tenantId, { scope: 'admin' });
    expect((await api.ask('POST', '/v1/audit/exports', { token, body: {} })).code).toBe('export.log_empty');
  });
});

describe('getAuditExport', () => {
  test('200_says_how_far_it_is', async () => {
    const id = await ask();
    const { json } = await api.ask('GET', `/v1/audit/exports/${id}`, { token: api.acme.admin });
    expect(auditExportSchema.parse(json)).toMatchObject({ id, state: 'running', bytes: null });
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/audit/exports/x', { token: api.acme.admin })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', `/v1/audit/exports/${randomUUID()}`)).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_read', async () => {
    expect((await api.ask('GET', `/v1/audit/exports/${randomUUID()}`, { token: api.acme.read })).status).toBe(403);
  });

  test('404_for_another_tenants_export_as_for_one_that_does_not_exist', async () => {
    const theirs = await ask({}, api.other.admin);
    const answers = await Promise.all(
      [theirs, randomUUID()].map((id) => api.ask('GET', `/v1/audit/exports/${id}`, { token: api.acme.admin })),
    );
    expect(answers.map(({ status, code }) => [status, code])).toEqual([
      [404, 'export.not_found'],
      [404, 'export.not_found'],
    ]);
  });
});

describe('downloadAuditExport', () => {
  test('200_is_a_bundle_that_verifies_offline_under_the_published_key_and_has_the_digest_that_was_told', async () => {
    const id = await ask({ views: ['jsonl', 'csv', 'ocsf', 'parquet'], proofs: [0] });
    await runExport(workerDeps(), await hold(api.acme.id, id));
    const made = auditExportSchema.parse((await api.ask('GET', `/v1/audit/exports/${id}`, { token: api.acme.admin })).json);
    const { bytes, digest } = await download(id);
    expect([made.state, made.done, made.bytes]).toEqual(['ready', made.size, bytes.length]);
    expect(digest).toBe(`sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`);
    const head = (await api.ask('GET', '/v1/audit/head', { token: api.acme.admin })).json as { verifierKey: string };
    const verdict = await verifyBundle(memorySource(unpackTar(bytes)), { key: head.verifierKey });
    expect(verdict).toMatchObject({ ok: true, size: made.size, checked: { entries: made.size, views: 4 } });
    expect(await api.audit(api.acme.id, 'audit.downloaded').then((events) => events.length)).toBeLessThanOrEqual(1);
  });

  test('200_a_filtered_one_holds_no_other_event', async () => {
    const id = await ask({ filter: { actions: ['token.created'] }, views: [] });
    await runExport(workerDeps(), await hold(api.acme.id, id));
    const files = unpackTar((await download(id)).bytes);
    expect(await verifyBundle(memorySource(files))).toMatchObject({ ok: true, kind: 'filtered', matched: 1 });
    expect(Buffer.concat([...files.values()]).toString()).not.toContain('tenant.created"');
  });

  test('200_after_a_worker_died_in_the_middle_it_is_whole_and_nothing_was_made_twice', async () => {
    await pile(api.other.id, 5_000);
    const id = await ask({ views: ['jsonl', 'parquet'] }, api.other.admin);
    let puts = 0;
    const dying = {
      ...api.objects,
      put: (request: Parameters<typeof api.objects.put>[0]) =>
        ++puts > 3 ? Promise.reject(new Error('killed')) : api.objects.put(request),
    };
    const before = limits.exportPartBytes;
    Object.assign(limits, { exportPartBytes: 1 });
    try {
      await expect(runExport(workerDeps({ objects: { ...api.objects, put: dying.put } }), await hold(api.other.id, id))).rejects.toThrow(
        'killed',
      );
      const half = auditExportSchema.parse((await api.ask('GET', `/v1/audit/exports/${id}`, { token: api.other.admin })).json);
      expect(half.done).toBe(2_048);
      await runExport(workerDeps(), await hold(api.other.id, id));
    } finally {
      Object.assign(limits, { exportPartBytes: before });
    }
    const { bytes } = await download(id, api.other.admin);
    expect(await verifyBundle(memorySource(unpackTar(bytes)))).toMatchObject({ ok: true, checked: { views: 2 } });
  });

  test('200_what_is_stored_is_sealed_under_the_tenants_key', async () => {
    const id = await ask({ views: ['csv'] });
    await runExport(workerDeps(), await hold(api.acme.id, id));
    const [part] = await api.database.admin(
      'select object_key, object_version, sha256 from app.audit_export_part where export_id = $1 limit 1',
      [id],
    );
    const sha256 = Buffer.from(part?.['sha256'] as Uint8Array).toString('hex');
    const object = await api.objects.get({ key: String(part?.['object_key']), version: String(part?.['object_version']), sha256 });
    expect(object.ok && Buffer.from(object.value).includes('audit.test')).toBe(false);
  });

  test('400_for_an_id_that_is_none', async () => {
    expect((await api.ask('GET', bundlePath('x'), { token: api.acme.admin })).status).toBe(400);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', bundlePath(randomUUID()))).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await api.ask('GET', bundlePath(randomUUID()), { token: api.acme.write })).status).toBe(403);
  });

  test('404_for_another_tenants_export', async () => {
    const theirs = await ask({}, api.other.admin);
    await runExport(workerDeps(), await hold(api.other.id, theirs));
    expect((await api.ask('GET', bundlePath(theirs), { token: api.acme.admin })).code).toBe('export.not_found');
  });

  test('409_while_it_is_being_made', async () => {
    expect((await api.ask('GET', bundlePath(exportIdSchema.parse(await ask())), { token: api.acme.admin })).code).toBe('export.not_ready');
  });
});

describe('an export whose time is over', () => {
  const expire = async (exportId: ExportId, change: Partial<ExpireExportDeps> = {}) => {
    const job = await hold(api.acme.id, exportId, 'export.expire');
    return expireExport({ ...workerDeps(), keeper: api.objects, ...change }, { ...job, kind: 'export.expire' });
  };
  const objectsOf = async (id: ExportId) =>
    (await api.objects.list({ prefix: `audit-exports/${api.acme.id}/${id}/`, itemsMax: 100 })).items.length;
  const partsOf = async (id: ExportId) =>
    (await api.database.admin('select count(*)::int as n from app.audit_export_part where export_id = $1', [id]))[0]?.['n'];

  test('is_cleared_away_with_all_that_it_stored_and_the_log_says_so', async () => {
    const id = await ask();
    await runExport(workerDeps(), await hold(api.acme.id, id));
    const stray = Buffer.from('of an attempt that died');
    const key = `audit-exports/${api.acme.id}/${id}/9/jsonl-0`;
    await api.objects.put({
      key,
      bytes: stray,
      sha256: createHash('sha256').update(stray).digest('hex'),
      retainUntilMs: undefined,
      context: { tenantId: api.acme.id, purpose: 'audit-export' },
    });
    const kept = await objectsOf(id);
    expect(kept).toBeGreaterThan(2);
    await expire(id); // too early, by the database's clock
    expect([await objectsOf(id), await partsOf(id)]).toEqual([kept, kept - 1]);
    await api.database.admin(`update app.audit_export set expires_at = now() - interval '1 second' where id = $1`, [id]);
    await expire(id);
    expect([await objectsOf(id), await partsOf(id)]).toEqual([0, 0]);
    await flushAudit({ tenancy: api.tenancy, sequencer }, api.acme.context);
    const [leaf] = await api.database.admin(
      `select convert_from(entry, 'UTF8') as entry from app.audit_leaf where tenant_id = $1 and entry like '%audit.export_removed%' order by idx desc`,
      [api.acme.id],
    );
    expect(JSON.parse(String(leaf?.['entry']))).toMatchObject({ targets: [{ id }], detail: { objects: kept } });
  });

  test('and_that_the_store_does_not_let_go_of_is_tried_again_and_nothing_is_forgotten', async () => {
    const id = await ask();
    await runExport(workerDeps(), await hold(api.acme.id, id));
    await api.database.admin(`update app.audit_export set expires_at = now() - interval '1 second' where id = $1`, [id]);
    const parts = await partsOf(id);
    const stuck = { ...api.objects, remove: () => Promise.resolve({ ok: false, error: { code: 'objects.retained' } } as const) };
    await expect(expire(id, { keeper: stuck })).rejects.toMatchObject({ code: 'export.part_kept' });
    expect(await partsOf(id)).toBe(parts);
    await expire(id);
    expect([await objectsOf(id), await partsOf(id)]).toEqual([0, 0]);
  });

  test('is_cleared_away_too_when_its_job_gave_it_up', async () => {
    const id = await ask();
    await openTenancy(workerDatabase).withTenant(api.acme.context, 'test', (tx) =>
      giveUpExport({ ids: systemIds }, tx, { exportId: id, errorCode: 'objects.unavailable' }),
    );
    await expire(id);
    expect(await partsOf(id)).toBe(0);
    expect(auditExportSchema.parse((await api.ask('GET', `/v1/audit/exports/${id}`, { token: api.acme.admin })).json).state).toBe('failed');
  });
});

describe('readAuditLog', () => {
  const { schema } = readAuditLog.answers[200];

  test('200_pages_oldest_first_without_a_gap_and_the_text_is_what_was_hashed', async () => {
    const first = schema.parse((await api.ask('GET', '/v1/audit/log?limit=1', { token: api.acme.admin })).json);
    const second = schema.parse((await api.ask('GET', `/v1/audit/log?limit=1&from=${String(first.next)}`, { token: api.acme.admin })).json);
    expect([...first.items, ...second.items].map(({ index }) => index)).toEqual([0, 1]);
    for (const { entry, leafHash: hash } of first.items) expect(Buffer.from(leafHash(Buffer.from(entry))).toString('hex')).toBe(hash);
  });

  test('200_at_the_end_it_is_empty_and_following_it_adds_nothing_to_it', async () => {
    const tail = async () => {
      await flushAudit({ tenancy: api.tenancy, sequencer }, api.acme.context);
      const head = (await api.ask('GET', '/v1/audit/head', { token: api.acme.admin })).json as { size: number };
      return schema.parse((await api.ask('GET', `/v1/audit/log?from=${String(head.size - 1)}`, { token: api.acme.admin })).json);
    };
    await tail();
    const [before, after] = [await tail(), await tail()];
    expect(after.size).toBe(before.size);
    expect(schema.parse((await api.ask('GET', `/v1/audit/log?from=${String(after.size)}`, { token: api.acme.admin })).json).items).toEqual(
      [],
    );
  });

  test('400_for_a_place_that_is_none', async () => {
    expect((await api.ask('GET', '/v1/audit/log?from=-1', { token: api.acme.admin })).code).toBe('http.request_invalid');
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('GET', '/v1/audit/log')).status).toBe(401);
  });

  test('403_for_a_credential_of_scope_write', async () => {
    expect((await api.ask('GET', '/v1/audit/log', { token: api.acme.write })).status).toBe(403);
  });
});
