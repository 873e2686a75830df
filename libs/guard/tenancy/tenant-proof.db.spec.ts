import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobIdSchema, tenantIdSchema, type TenantPass } from '@lib/contract';
import { closeDatabase, lendConnection, openDatabase, sql, type Database, type Statement } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { bindProof } from './bind-proof.ts';
import { openJobPass, openTenancy, readyTurns, rotateProofKey, scanIsOver, type JobTicket, type TenantContext } from './index.ts';
import { enterTenant } from './tenancy.store.ts';

const mine = tenantIdSchema.parse('aaaaaaaa-0000-4000-8000-000000000001');
const theirs = tenantIdSchema.parse('bbbbbbbb-0000-4000-8000-000000000002');
const count = sql('test.count')`select count(*) as n from app.repository`;
const notHeld = { sqlState: '28000', code: 'db.forbidden' };

let database: TestDatabase;
let pools: Readonly<Record<'api' | 'worker' | 'dispatch' | 'second', Database>>;
let pass: string;
beforeAll(async () => {
  database = await testDatabase();
  const open = (role: 'aegis_api' | 'aegis_worker' | 'aegis_dispatch') =>
    openDatabase({ url: database.urls[role], poolMax: 1, applicationName: 'test' });
  pools = { api: open('aegis_api'), second: open('aegis_api'), worker: open('aegis_worker'), dispatch: open('aegis_dispatch') };
  for (const tenant of [mine, theirs]) {
    await database.admin(`insert into app.tenant (tenant_id, name) values ($1, 'test')`, [tenant]);
    await database.admin(`insert into app.repository (tenant_id, id, name, source) values ($1, $2, 'r', '{}')`, [tenant, randomUUID()]);
  }
});
afterAll(async () => {
  for (const pool of Object.values(pools)) await closeDatabase(pool);
  await database.drop();
});
beforeEach(async () => {
  pass = await mint('aegis_api');
});

async function mint(role: string, until = 'infinity'): Promise<string> {
  const [row] = await database.admin('select identity.mint_pass($1, $2, $3) as pass', [mine, role, until]);
  return String(row?.['pass']);
}

/** What a statement sees with a setting of the attacker's choice, in one transaction. */
function countWith(setting: (backend: string) => string, pool = pools.api): Promise<unknown> {
  return lendConnection(pool, async (connection) => {
    const answer = await connection.sendTogether(enterTenant(setting(connection.backend)), count);
    return answer.rows[0];
  });
}
const changed = (part: number, to: string) => (backend: string) => bindProof(pass, backend).split('.').with(part, to).join('.');

describe('a proof', () => {
  test('opens_its_tenant_to_its_role_on_its_backend', async () => {
    expect(await countWith((backend) => bindProof(pass, backend))).toEqual({ n: 1 });
  });

  test('without_one_no_row_is_seen', async () => {
    expect(await countWith(() => '')).toEqual({ n: 0 });
  });

  test.each([
    ['the_id_of_another_tenant_alone', () => theirs],
    ['another_tenant', changed(1, theirs)],
    ['a_later_end', changed(2, '99999999999')],
    ['another_key', changed(0, '00000000')],
    ['an_empty_mac', changed(4, '')],
    ['a_mac_cut_short', (backend: string) => bindProof(pass, backend).slice(0, -1)],
    ['a_part_less', (backend: string) => bindProof(pass, backend).split('.').slice(0, 4).join('.')],
    ['a_part_more', (backend: string) => `${bindProof(pass, backend)}.x`],
    ['the_pass_itself', () => pass],
    ['a_key_of_ones_own', (backend: string) => bindProof(`${pass.slice(0, pass.lastIndexOf('.'))}.${'00'.repeat(32)}`, backend)],
    ['a_backend_made_free', changed(3, '*')],
    ['only_dots', () => '....'],
    ['the_mac_of_nothing', () => `none.${theirs}.99999999999.*.`],
  ] as const)('changed_to_%s_is_refused', async (_name, setting) => {
    await expect(countWith(setting)).rejects.toMatchObject(notHeld);
  });

  test('of_another_backend_is_refused', async () => {
    const backend = await lendConnection(pools.api, (connection) => Promise.resolve(connection.backend));
    await expect(countWith(() => bindProof(pass, backend), pools.second)).rejects.toMatchObject(notHeld);
  });

  test('for_any_backend_is_for_connections_that_a_pooler_shares', async () => {
    expect(await countWith(() => bindProof(pass, '*'), pools.second)).toEqual({ n: 1 });
  });

  test('of_another_role_is_refused', async () => {
    await expect(countWith((backend) => bindProof(pass, backend), pools.worker)).rejects.toMatchObject(notHeld);
  });

  test('that_has_expired_by_the_clock_of_the_database_is_refused', async () => {
    pass = await mint('aegis_api', '2026-01-01T00:00:00Z');
    await expect(countWith((backend) => bindProof(pass, backend))).rejects.toMatchObject(notHeld);
  });

  test('never_lives_longer_than_a_minute', async () => {
    const [row] = await database.admin('select extract(epoch from clock_timestamp())::bigint as now');
    expect(Number(pass.split('.')[2])).toBeLessThanOrEqual(Number(row?.['now']) + 60);
  });
});

describe('an injected statement', () => {
  const forged = `'x.${theirs}.99999999999.*.00'`;
  test.each([
    `select count(*) as n from app.repository where set_config('app.tenant_proof', ${forged}, true) <> ''`,
    `with s as materialized (select set_config('app.tenant_proof', ${forged}, true)) select count(*) as n from s, app.repository where tenant_id <> '${mine}'`,
    `select count(*) as n from app.repository where tenant_id <> '${mine}' or set_config('app.tenant_id', '${theirs}', true) is null`,
    `select (select count(*) from app.repository where tenant_id = '${theirs}') as n from set_config('app.tenant_id', '${theirs}', false)`,
    `select count(*) as n from app.repository r where exists (select from app.tenant t where t.tenant_id = '${theirs}')`,
    `select 0 as n where (select set_config('app.tenant_proof', ${forged}, false)) is null union all select count(*) from app.repository where tenant_id = '${theirs}'`,
  ])('sees no row of another tenant: %s', async (text) => {
    const context: TenantContext = { tenantId: mine, actor: { type: 'system', id: 'test' }, pass: database.pass(mine) };
    const statement: Statement = { name: '', text, values: [] };
    const seen = await openTenancy(pools.api)
      .withTenantOnce(context, 'test', (tx) => tx.query(statement))
      .catch((error: unknown) => error);
    if (Array.isArray(seen))
      expect(seen.flatMap((row: Record<string, unknown>) => [row['n']]).filter((n) => n !== 0 && n !== 1)).toEqual([]);
    else expect(seen).toMatchObject(notHeld);
    const rows = await openTenancy(pools.api).withTenantOnce(context, 'test', (tx) =>
      tx.query(sql('test.foreign')`select 1 from app.repository where tenant_id = ${theirs}`),
    );
    expect(rows).toEqual([]);
  });

  test.each([
    `select * from identity.proof_key`,
    `select identity.mint_pass('${theirs}', 'aegis_api')`,
    `select identity.proof_mac('x', 'y')`,
    `select identity.enter_tenant('${theirs}')`,
    `select identity.find_credential(sha256('x'))`,
    `select identity.rotate_proof_key()`,
    `select ops.ready_turns('job', 10)`,
    `select ops.ring_turns('job', '00000000-0000-0000-0000-000000000000', 10)`,
    `select ops.open_job('${theirs}', '${theirs}', 0, 'x.y')`,
    `select ops.scan_is_over('${theirs}', '${theirs}')`,
  ])('may_not_run: %s', async (text) => {
    for (const pool of [pools.api, pools.worker])
      await expect(lendConnection(pool, (connection) => connection.send({ name: '', text, values: [] }))).rejects.toMatchObject({
        sqlState: '42501',
      });
  });
});

describe('a job', () => {
  const worker: TenantContext = {
    tenantId: mine,
    actor: { type: 'worker', id: 'test' },
    pass: { proofFor: (role) => database.pass(mine).proofFor(role) },
  };
  const addJob = async (tenantId: string, state: string, attempts = 0) => {
    const id = jobIdSchema.parse(randomUUID());
    await database.admin(
      `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, 'ingest.seal', '{}', $3, $4, now() + interval '1 hour')`,
      [tenantId, id, state, attempts],
    );
    return id;
  };
  const ticketOf = async (id: string, attempt = 0) => {
    const rows = await openTenancy(pools.worker).withTenantOnce(worker, 'test', (tx) =>
      tx.query(sql('test.ticket')`select ops.job_ticket(${id}, ${attempt}) as ticket`),
    );
    return String(rows[0]?.['ticket']);
  };
  const open = (id: string, ticket: string, change: Partial<JobTicket> = {}) =>
    openJobPass(pools.dispatch, { tenantId: mine, jobId: jobIdSchema.parse(id), attempt: 0, ticket, ...change });
  const proofOf = async (given: TenantPass | undefined) => bindProof((await given?.proofFor('aegis_worker')) ?? '', '*');
  const countBy = async (given: TenantPass | undefined) => {
    const proof = await proofOf(given);
    return countWith(() => proof, pools.worker);
  };

  test('is_opened_by_its_ticket_while_it_waits_and_while_that_attempt_holds_it', async () => {
    const id = await addJob(mine, 'queued');
    const ticket = await ticketOf(id);
    const opened = await open(id, ticket);
    expect(await countBy(opened)).toEqual({ n: 1 });
    await database.admin(`update app.job set state = 'running', attempts = 1 where id = $1`, [id]);
    expect(await open(id, ticket)).toBeDefined();
    await database.admin(`update app.job set lease_until = now() - interval '1 second' where id = $1`, [id]);
    expect(await open(id, ticket)).toBeUndefined();
  });

  test.each(['pending', 'done', 'dead', 'cancelled'])('that_is_%s_is_not_opened', async (state) => {
    const id = await addJob(mine, state);
    expect(await open(id, await ticketOf(id))).toBeUndefined();
  });

  test('is_not_opened_by_a_ticket_of_another_job_attempt_or_tenant', async () => {
    const [id, other, foreign] = [await addJob(mine, 'queued'), await addJob(mine, 'queued'), await addJob(theirs, 'queued')];
    expect(await open(id, await ticketOf(other))).toBeUndefined();
    expect(await open(id, await ticketOf(id, 1))).toBeUndefined();
    expect(await open(id, await ticketOf(id), { attempt: 1 })).toBeUndefined();
    expect(await open(foreign, await ticketOf(foreign), { tenantId: theirs })).toBeUndefined();
    for (const ticket of ['', '.', 'x', 'none.', (await ticketOf(id)).slice(0, -1)]) expect(await open(id, ticket)).toBeUndefined();
  });

  test('gives_no_ticket_without_a_tenant', async () => {
    const bare = lendConnection(pools.worker, (connection) => connection.send(sql('test.bare')`select ops.job_ticket(${mine}, ${0})`));
    await expect(bare).rejects.toMatchObject(notHeld);
  });

  test('turns_come_with_a_pass_for_the_role_of_the_ring_alone', async () => {
    await database.admin(`insert into ops.ready_tenant (queue, tenant_id) values ('job', $1), ('audit', $1)`, [mine]);
    const [job] = await readyTurns(pools.dispatch, 'job', 1);
    const [audit] = await readyTurns(pools.dispatch, 'audit', 1);
    expect(await countBy(job?.pass)).toEqual({ n: 1 });
    await expect(countBy(audit?.pass)).rejects.toMatchObject(notHeld);
  });

  test('a_scan_that_runs_is_not_over_and_one_of_another_tenant_is_as_absent', async () => {
    const scanId = randomUUID();
    await database.admin(
      `insert into app.scan (tenant_id, id, repository_id, requested_by) select tenant_id, $2, id, 'test' from app.repository where tenant_id = $1`,
      [mine, scanId],
    );
    expect(await scanIsOver(pools.dispatch, { tenantId: mine, scanId })).toBe(false);
    expect(await scanIsOver(pools.dispatch, { tenantId: theirs, scanId })).toBe(true);
    const left = await lendConnection(pools.dispatch, (connection) =>
      connection.send(sql('test.left')`select coalesce(current_setting('app.tenant_proof', true), '') as proof`),
    );
    expect(left.rows).toEqual([{ proof: '' }]);
  });
});

describe('the key', () => {
  test('is_made_anew_when_it_is_old_and_the_old_one_is_good_for_a_minute', async () => {
    expect(await rotateProofKey(database.adminUrl, 30)).toBe(false);
    expect(await rotateProofKey(database.adminUrl, 0)).toBe(true);
    expect((await mint('aegis_api')).split('.')[0]).not.toBe(pass.split('.')[0]);
    expect(await countWith((backend) => bindProof(pass, backend))).toEqual({ n: 1 });
    await database.admin(`update identity.proof_key set retired_at = now() - interval '61 seconds' where retired_at is not null`);
    await expect(countWith((backend) => bindProof(pass, backend))).rejects.toMatchObject(notHeld);
    await database.admin(`update identity.proof_key set retired_at = now() - interval '3 minutes' where retired_at is not null`);
    await rotateProofKey(database.adminUrl, 0);
    expect(await database.admin('select count(*)::int as n from identity.proof_key')).toEqual([{ n: 2 }]);
  });
});
