import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scanSchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository } from '../../../../tools/testing/plant.ts';

let api: TestApi;
beforeAll(async () => {
  api = await testApi();
  repositoryId = await plantRepository(api, api.acme, 'shop');
  theirs = await plantRepository(api, api.other, 'vault');
});
afterAll(() => api.close());
let repositoryId: string;
let theirs: string;
const create = (body: object, headers = {}) => api.ask('POST', '/v1/scans', { token: api.acme.write, body, headers });

describe('createScan', () => {
  test('202_writes_scan_first_event_first_job_and_audit_event_together', async () => {
    const answer = await create({ repositoryId });
    expect(answer.status).toBe(202);
    const scan = scanSchema.parse(answer.json);
    expect(scan).toMatchObject({ state: 'queued', stage: 'queued', repositoryName: 'shop' });
    const rows = await api.database.admin(
      `select (select count(*) from app.scan where id = $1)::int as scans, (select count(*) from app.scan_event where scan_id = $1)::int as events,
        (select count(*) from app.job where payload ->> 'scanId' = $1::text and kind = 'ingest.seal' and state = 'pending')::int as jobs`,
      [scan.id],
    );
    expect(rows).toEqual([{ scans: 1, events: 1, jobs: 1 }]);
    const events = await api.audit(api.acme.id, 'scan.requested');
    expect(events.filter((event) => event.targets[0]?.id === scan.id)).toHaveLength(1);
  });

  test('202_ten_requests_at_once_with_one_key_make_one_scan', async () => {
    const headers = { 'idempotency-key': 'at-once' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => create({ repositoryId }, headers)));
    const done = answers.filter((answer) => answer.status === 202);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((answer) => scanSchema.parse(answer.json).id)).size).toBe(1);
    expect(answers.filter((answer) => answer.status !== 202).every((answer) => answer.code === 'http.idempotency_in_progress')).toBe(true);
    const replay = await create({ repositoryId }, headers);
    expect([replay.status, replay.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(await api.audit(api.acme.id, 'scan.requested')).toHaveLength(2);
  });

  test('202_an_attempt_that_died_is_taken_over_by_the_same_request_after_its_lease', async () => {
    const headers = { 'idempotency-key': 'died' };
    await create({ repositoryId }, headers);
    await api.database.admin(
      `update app.idempotency set status = null, body = null, created_at = now() - interval '2 minutes' where key = 'died'`,
    );
    const again = await create({ repositoryId }, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null]);
  });

  test('400_for_options_that_are_none', async () => {
    expect((await create({ repositoryId, options: { analyzers: ['magic'] } })).code).toBe('http.request_invalid');
    expect((await create({ repositoryId, options: { wallMs: 1 } })).status).toBe(400);
  });

  test('400_for_an_analysis_of_more_than_two_hours_and_202_for_one_of_two', async () => {
    const twoHoursMs = 120 * 60_000;
    expect((await create({ repositoryId, options: { wallMs: twoHoursMs + 1 } })).status).toBe(400);
    expect((await create({ repositoryId, options: { wallMs: twoHoursMs } })).status).toBe(202);
  });

  test('401_without_a_live_credential', async () => {
    expect((await api.ask('POST', '/v1/scans')).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_read', async () => {
    const answer = await api.ask('POST', '/v1/scans', { token: api.acme.read, body: { repositoryId } });
    expect([answer.status, answer.code]).toEqual([403, 'identity.scope_too_small']);
  });

  test('other_tenants_repository_answers_404_and_nothing_is_written', async () => {
    const answer = await create({ repositoryId: theirs });
    expect([answer.status, answer.code]).toEqual([404, 'repository.not_found']);
    expect(await api.database.admin('select 1 from app.scan where repository_id = $1', [theirs])).toEqual([]);
  });

  const plantArchive = async (of: { readonly tenant: string; readonly repository: string; readonly age?: string }): Promise<string> => {
    const [row] = await api.database.admin(
      `insert into app.archive (tenant_id, id, repository_id, bytes, sha256, created_at)
       values ($1, gen_random_uuid(), $2, 1, sha256('x'), now() - $3::interval) returning id`,
      [of.tenant, of.repository, of.age ?? '0'],
    );
    return String(row?.['id']);
  };

  test('202_an_archive_is_claimed_by_one_scan_and_404_for_the_next', async () => {
    const archiveId = await plantArchive({ tenant: api.acme.id, repository: repositoryId });
    const answers = await Promise.all([create({ repositoryId, archiveId }), create({ repositoryId, archiveId })]);
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([202, 404]);
    const again = await create({ repositoryId, archiveId });
    expect([again.status, again.code]).toEqual([404, 'archive.not_found']);
    expect(await api.database.admin('select 1 as one from app.scan where archive_id = $1', [archiveId])).toEqual([{ one: 1 }]);
  });

  test('404_for_an_archive_of_another_tenant_of_another_repository_or_of_yesterday', async () => {
    const elsewhere = await plantRepository(api, api.acme, 'elsewhere');
    const archives = [
      await plantArchive({ tenant: api.other.id, repository: theirs }),
      await plantArchive({ tenant: api.acme.id, repository: elsewhere }),
      await plantArchive({ tenant: api.acme.id, repository: repositoryId, age: '25 hours' }),
    ];
    for (const archiveId of archives) expect((await create({ repositoryId, archiveId })).code).toBe('archive.not_found');
  });

  test('409_without_an_archive_where_scans_need_one', async () => {
    const [row] = await api.database.admin(
      `insert into app.repository (tenant_id, id, name, source) values ($1, gen_random_uuid(), 'uploads', '{"kind":"archive"}') returning id`,
      [api.acme.id],
    );
    const uploads = String(row?.['id']);
    expect((await create({ repositoryId: uploads })).code).toBe('scan.archive_needed');
    const archiveId = await plantArchive({ tenant: api.acme.id, repository: uploads });
    expect((await create({ repositoryId: uploads, archiveId })).status).toBe(202);
  });

  test('409_while_the_first_request_with_the_key_is_at_work', async () => {
    await create({ repositoryId }, { 'idempotency-key': 'busy' });
    await api.database.admin(`update app.idempotency set status = null, body = null where key = 'busy'`);
    expect((await create({ repositoryId }, { 'idempotency-key': 'busy' })).code).toBe('http.idempotency_in_progress');
  });

  test.each(['', ' ', 'x'.repeat(256), 'tab\there'])('400_for_the_idempotency_key_%j', async (key) => {
    expect((await create({ repositoryId }, { 'idempotency-key': key })).code).toBe('http.idempotency_key_invalid');
  });
});
