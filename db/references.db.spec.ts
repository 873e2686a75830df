import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantIdSchema } from '@lib/contract';
import { bindProof } from '../libs/guard/tenancy/bind-proof.ts';
import { testDatabase, type TestDatabase } from '../tools/testing/database.ts';

// What `app.refer` promises in place of a foreign key, for each of its six references.
let database: TestDatabase;
const [tenant, other] = [tenantIdSchema.parse(randomUUID()), tenantIdSchema.parse(randomUUID())];
const parents = { repository: randomUUID(), scan: randomUUID(), pack: randomUUID(), finding: randomUUID() };
const foreign = { repository: randomUUID(), scan: randomUUID(), pack: randomUUID(), finding: randomUUID() };

beforeAll(async () => {
  database = await testDatabase();
  for (const [of, ids] of [
    [tenant, parents],
    [other, foreign],
  ] as const)
    await plant(of, ids);
});
afterAll(() => database.drop());

async function plant(of: string, ids: typeof parents): Promise<void> {
  const run = database.admin;
  await run(`insert into app.tenant (tenant_id, name) values ($1, 'one')`, [of]);
  await run(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, 'r', '{}')`, [of, ids.repository]);
  await run(`insert into app.scan (tenant_id, id, repository_id, requested_by) values ($1, $2, $3, 'test')`, [
    of,
    ids.scan,
    ids.repository,
  ]);
  await run(
    `insert into app.evidence_pack (tenant_id, id, scan_id, object_key, object_version, bytes, sha256, merkle_root, entry_count, retain_until)
     values ($1, $2, $3, 'k', 'v', 1, sha256('x'), sha256('x'), 1, now())`,
    [of, ids.pack, ids.scan],
  );
  await run(...finding(of, { id: ids.finding, ...ids }));
}

type Named = { readonly id: string; readonly repository: string; readonly scan: string; readonly last?: string };

function finding(of: string, { id, repository, scan, last = scan }: Named): readonly [string, readonly unknown[]] {
  const text = `insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score,
     title, path, start_line, detail, first_scan_id, last_scan_id)
   values ($1, $2::uuid, $3, sha256(convert_to($2::uuid::text, 'UTF8')), 'sast', 'r', 1, 1, 1, 1, 't', 'p', 1, '{}', $4, $5)`;
  return [text, [of, id, repository, scan, last]];
}

function sighting(of: string, ids: Omit<typeof parents, 'repository'>): readonly [string, readonly unknown[]] {
  const text = `insert into app.sighting (tenant_id, scan_id, finding_id, pack_id, pack_offset, pack_length, leaf_index, sha256)
   values ($1, $2, $3, $4, 0, 1, 0, sha256('x'))`;
  return [text, [of, ids.scan, ids.finding, ids.pack]];
}

const rows = {
  'finding.repository_id': (ids: typeof parents) => finding(tenant, { ...parents, id: randomUUID(), repository: ids.repository }),
  'finding.first_scan_id': (ids: typeof parents) => finding(tenant, { ...parents, id: randomUUID(), scan: ids.scan, last: parents.scan }),
  'finding.last_scan_id': (ids: typeof parents) => finding(tenant, { ...parents, id: randomUUID(), last: ids.scan }),
  'sighting.scan_id': (ids: typeof parents) => sighting(tenant, { ...parents, scan: ids.scan }),
  'sighting.finding_id': (ids: typeof parents) => sighting(tenant, { ...parents, finding: ids.finding }),
  'sighting.pack_id': (ids: typeof parents) => sighting(tenant, { ...parents, pack: ids.pack }),
};
const absent = { repository: randomUUID(), scan: randomUUID(), pack: randomUUID(), finding: randomUUID() };

/** A transaction that is rolled back, as the worker of a tenant or as the superuser, for whom row-level security hides nothing. */
async function attempt(role: 'aegis_worker' | 'admin', ...statements: readonly (readonly [string, readonly unknown[]])[]): Promise<void> {
  await session(role, async (client) => {
    for (const [text, values] of statements) await client.query(text, [...values]);
  });
}

async function session(role: 'aegis_worker' | 'admin', work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(role === 'admin' ? database.adminUrl : database.urls[role]);
  await client.connect();
  try {
    await client.query('begin');
    if (role !== 'admin') {
      const pass = await database.pass(tenant).proofFor(role);
      await client.query(`select set_config('app.tenant_proof', $1, true)`, [bindProof(pass, '*')]);
    }
    await work(client);
  } finally {
    await client.query('rollback').catch(() => undefined);
    await client.end();
  }
}

describe.each(Object.entries(rows))('%s', (name, row) => {
  it('names_a_parent_that_is_there', () => attempt('aegis_worker', row(parents)));
  it('cannot_name_a_parent_that_is_not_there', () =>
    expect(attempt('aegis_worker', row(absent))).rejects.toMatchObject({ code: '23503', column: name.split('.')[1] }));
  it('cannot_name_a_parent_of_another_tenant', () =>
    expect(attempt('aegis_worker', row(foreign))).rejects.toMatchObject({ code: '23503' }));
  it('cannot_name_a_parent_of_another_tenant_even_where_no_row_is_hidden', () =>
    expect(attempt('admin', row(foreign))).rejects.toMatchObject({ code: '23503' }));
});

describe('a parent', () => {
  const owned = sighting(tenant, parents);
  it.each([
    ['app.finding', parents.finding],
    ['app.evidence_pack', parents.pack],
    ['app.scan', parents.scan],
    ['app.repository', parents.repository],
  ])('%s_that_is_named_cannot_be_removed', (table, id) =>
    expect(attempt('admin', owned, [`delete from ${table} where id = $1`, [id]])).rejects.toMatchObject({ code: '23503' }),
  );

  it('that_nobody_names_any_more_can_be_removed', () =>
    attempt('admin', owned, ['delete from app.sighting', []], [`delete from app.finding where id = $1`, [parents.finding]]));

  it.each(['app.finding', 'app.evidence_pack', 'app.scan', 'app.repository'])('%s_keeps_its_key', (table) =>
    expect(attempt('admin', [`update ${table} set id = gen_random_uuid() where tenant_id = $1`, [tenant]])).rejects.toMatchObject({
      code: '55000',
    }),
  );

  it.each([
    ['app.finding', 'repository_id'],
    ['app.finding', 'first_scan_id'],
    ['app.sighting', 'scan_id'],
    ['app.sighting', 'finding_id'],
    ['app.sighting', 'pack_id'],
  ])('%s_keeps_its_%s', (table, column) =>
    expect(
      attempt('admin', owned, [`update ${table} set ${column} = gen_random_uuid() where tenant_id = $1`, [tenant]]),
    ).rejects.toMatchObject({ code: '55000' }),
  );

  it('is_looked_for_when_the_newest_scan_of_a_finding_changes', () =>
    expect(
      attempt('aegis_worker', ['update app.finding set last_scan_id = $2 where tenant_id = $1', [tenant, foreign.scan]]),
    ).rejects.toMatchObject({ code: '23503' }));
});

describe('a writer and a remover at once', () => {
  it('a_removal_waits_for_a_writer_that_has_not_committed_and_then_fails', async () => {
    const scan = randomUUID();
    await database.admin(`insert into app.scan (tenant_id, id, repository_id, requested_by) values ($1, $2, $3, 'test')`, [
      tenant,
      scan,
      parents.repository,
    ]);
    await session('aegis_worker', async (writer) => {
      const [text, values] = finding(tenant, { ...parents, id: randomUUID(), scan });
      await writer.query(text, [...values]);
      const removal = database.admin('delete from app.scan where id = $1', [scan]).then(
        () => 'removed',
        (error: unknown) => error,
      );
      await untilWaiting();
      await writer.query('commit');
      expect(await removal).toMatchObject({ sqlState: '23503' });
    });
  });

  it('a_writer_waits_for_a_removal_that_has_not_committed_and_then_fails', async () => {
    const scan = randomUUID();
    await database.admin(`insert into app.scan (tenant_id, id, repository_id, requested_by) values ($1, $2, $3, 'test')`, [
      tenant,
      scan,
      parents.repository,
    ]);
    await session('admin', async (remover) => {
      await remover.query('delete from app.scan where id = $1', [scan]);
      const writing = attempt('aegis_worker', finding(tenant, { ...parents, id: randomUUID(), scan })).then(
        () => 'written',
        (error: unknown) => error,
      );
      await untilWaiting();
      await remover.query('commit');
      expect(await writing).toMatchObject({ code: '23503' });
    });
  });
});

/** Until somebody in this database waits for a lock. */
async function untilWaiting(): Promise<void> {
  for (;;) {
    const [row] = await database.admin(
      `select count(*)::integer as waiting from pg_locks l where not l.granted and l.database = (select oid from pg_database where datname = current_database())`,
    );
    if (row?.['waiting'] !== 0) return;
  }
}
