import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tenantIdSchema, type TenantId } from '@lib/contract';
import { closeDatabase, lendConnection, openDatabase, sql, type Database, type Statement } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { bindProof } from './bind-proof.ts';
import { enterTenant } from './tenancy.store.ts';
import { openTenancy, type Tenancy, type TenantContext } from './index.ts';

const tenantA = contextOf('aaaaaaaa-0000-4000-8000-000000000001');
const tenantB = contextOf('bbbbbbbb-0000-4000-8000-000000000002');
const rowsOfA = 50;
const rowsOfB = 500;

let database: TestDatabase;
let pool: Database; // one connection: the next borrower sees what was left behind
let tenancy: Tenancy;

beforeAll(async () => {
  database = await testDatabase();
  for (const [context, count] of [
    [tenantA, rowsOfA],
    [tenantB, rowsOfB],
  ] as const) {
    await database.admin('insert into app.tenant (tenant_id, name) values ($1, $2)', [context.tenantId, 'tenant']);
    await database.admin(
      `insert into app.repository (tenant_id, id, name, source) select $1, gen_random_uuid(), 'r' || n, '{}' from generate_series(1, $2::integer) n`,
      [context.tenantId, count],
    );
  }
  await database.admin('analyze');
  pool = openDatabase({ url: database.urls.aegis_api, poolMax: 1, applicationName: 'test' });
  tenancy = openTenancy(pool);
});

afterAll(async () => {
  await closeDatabase(pool);
  await database.drop();
});

/** The pass is looked up when it is used: the database is opened later. */
function contextOf(text: string): TenantContext {
  const tenantId = tenantIdSchema.parse(text);
  return { tenantId, actor: { type: 'system', id: 'test' }, pass: { proofFor: (role) => database.pass(tenantId).proofFor(role) } };
}

const count = sql('test.count')`select count(*) as n from app.repository`;
const divideByZero = sql('test.divide')`select tenant_id, 1 / (1 - ${1}::integer) from app.repository`;
const both = ['withTenant', 'withTenantOnce'] as const;

function run(door: (typeof both)[number], context: TenantContext, statement: Statement) {
  return tenancy[door](context, 'test', (tx) => tx.query(statement));
}

/** What the next borrower of the connection sees without a tenant. */
async function leftBehind(): Promise<unknown> {
  const answer = await lendConnection(pool, (connection) =>
    connection.send(
      sql('test.left')`select count(*) as n, coalesce(current_setting('app.tenant_proof', true), '') as tenant from app.repository`,
    ),
  );
  return answer.rows[0];
}
const nothing = { n: 0, tenant: '' };

function insertFor(tenantId: string, name: string): Statement {
  return sql(
    'test.insert',
  )`insert into app.repository (tenant_id, id, name, source) values (${tenantId}, gen_random_uuid(), ${name}, '{}')`;
}

describe.each(both)('%s', (door) => {
  test('tenant_sees_exactly_its_own_rows', async () => {
    expect(await run(door, tenantA, count)).toEqual([{ n: rowsOfA }]);
    expect(await run(door, tenantB, count)).toEqual([{ n: rowsOfB }]);
    expect(await leftBehind()).toEqual(nothing);
  });

  test('next_borrower_sees_nothing_after_an_error', async () => {
    await expect(run(door, tenantA, divideByZero)).rejects.toMatchObject({
      sqlState: '22012',
    });
    expect(await leftBehind()).toEqual(nothing);
  });

  test('next_borrower_sees_nothing_after_a_statement_that_does_not_parse', async () => {
    await expect(run(door, tenantA, sql('test.bad')`selec`)).rejects.toMatchObject({ sqlState: '42601' });
    await expect(run(door, tenantA, sql('test.bad')`selec`)).rejects.toMatchObject({ sqlState: '42601' });
    expect(await leftBehind()).toEqual(nothing);
  });

  test('malformed_tenant_is_refused_before_anything_is_sent', async () => {
    const forged: TenantContext = { ...tenantA, tenantId: "x' or true --" as TenantId };
    await expect(run(door, forged, count)).rejects.toThrow('lower-case uuid');
    expect(await leftBehind()).toEqual(nothing);
  });

  test('insert_for_another_tenant_is_refused', async () => {
    await expect(run(door, tenantA, insertFor(tenantB.tenantId, 'foreign'))).rejects.toMatchObject({
      sqlState: '42501',
      code: 'db.forbidden',
    });
  });

  test('context_of_one_tenant_with_the_predicate_of_another_finds_nothing', async () => {
    const rows = await run(door, tenantB, sql('test.predicate')`select id from app.repository where tenant_id = ${tenantA.tenantId}`);
    expect(rows).toEqual([]);
  });

  test('two_statements_in_one_text_are_a_syntax_error', async () => {
    const stacked = sql('test.stacked')`select 1; select set_config('app.tenant_proof', 'bbbbbbbb-0000-4000-8000-000000000002', false)`;
    await expect(run(door, tenantA, stacked)).rejects.toMatchObject({ sqlState: '42601' });
    expect(await leftBehind()).toEqual(nothing);
  });

  test('visit_within_a_visit_is_refused', async () => {
    const nested = tenancy[door](tenantA, 'outer', () => tenancy.withTenant(tenantB, 'inner', (tx) => tx.query(count)));
    await expect(nested).rejects.toThrow('withTenant is not nested');
  });

  test('use_after_the_end_is_refused', async () => {
    const kept = await tenancy[door](tenantA, 'test', async (tx) => {
      await tx.query(count);
      return tx;
    });
    await expect(async () => kept.query(count)).rejects.toThrow('does not hold');
  });

  test('prepared_statement_of_one_tenant_gives_another_its_own_rows', async () => {
    for (let round = 0; round < 8; round += 1) expect(await run(door, tenantA, count)).toEqual([{ n: rowsOfA }]);
    expect(await run(door, tenantB, count)).toEqual([{ n: rowsOfB }]);
  });

  test('cancelled_connection_is_not_lent_again', async () => {
    const before = await backendPid();
    const slow = openDatabase({ url: database.urls.aegis_api, poolMax: 1, applicationName: 'test', statementMs: 50 });
    try {
      const pid = async () => (await lendConnection(slow, (c) => c.send(sql('test.pid')`select pg_backend_pid() as pid`))).rows[0]?.['pid'];
      const first = await pid();
      const sleeping = openTenancy(slow)[door](tenantA, 'test', (tx) => tx.query(sql('test.sleep')`select pg_sleep(5)`));
      await expect(sleeping).rejects.toMatchObject({ code: 'db.timeout' });
      expect(await pid()).not.toBe(first);
    } finally {
      await closeDatabase(slow);
    }
    expect(await backendPid()).toBe(before);
  });

  test('killed_backend_ends_the_call_and_not_the_process', async () => {
    const waiting = run(door, tenantA, sql('test.long')`select pg_sleep(30)`);
    const outcome = waiting.then(
      () => 'answered',
      (error: unknown) => error,
    );
    await killBackendRunning('pg_sleep(30)');
    expect(await outcome).toMatchObject({ code: 'db.unavailable' });
    expect(await run(door, tenantA, count)).toEqual([{ n: rowsOfA }]);
    expect(await leftBehind()).toEqual(nothing);
  });

  test('mixed_tenants_on_few_connections_never_see_each_other', async () => {
    const few = openDatabase({ url: database.urls.aegis_api, poolMax: 4, applicationName: 'test' });
    try {
      const doors = openTenancy(few);
      const answers = await Promise.all(
        Array.from({ length: 400 }, async (_, index) => {
          const context = index % 2 === 0 ? tenantA : tenantB;
          const statement =
            index % 20 === 3 ? divideByZero : sql('test.storm')`select distinct tenant_id from app.repository where ${index}::integer >= 0`;
          return doors[door](context, 'test', (tx) => tx.query(statement)).then(
            (rows) => rows.length === 1 && rows[0]?.['tenant_id'] === context.tenantId,
            (error: unknown) => index % 20 === 3 && error instanceof Error && 'sqlState' in error && error.sqlState === '22012',
          );
        }),
      );
      expect(answers.filter((isRight) => !isRight)).toEqual([]);
    } finally {
      await closeDatabase(few);
    }
  });
});

describe('withTenant', () => {
  test('second_statement_fails_and_the_first_is_undone', async () => {
    const failing = tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(insertFor(tenantA.tenantId, 'undone'));
      await tx.query(divideByZero);
    });
    await expect(failing).rejects.toMatchObject({ sqlState: '22012' });
    expect(await run('withTenantOnce', tenantA, count)).toEqual([{ n: rowsOfA }]);
    expect(await leftBehind()).toEqual(nothing);
  });

  test('throw_of_the_caller_undoes_everything', async () => {
    const failing = tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(insertFor(tenantA.tenantId, 'undone'));
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await run('withTenantOnce', tenantA, count)).toEqual([{ n: rowsOfA }]);
  });

  test('swallowed_error_cannot_commit', async () => {
    const swallowing = tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(insertFor(tenantA.tenantId, 'undone'));
      await tx.query(sql('test.bad')`selec`).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'db.rolled_back' });
    expect(await run('withTenantOnce', tenantA, count)).toEqual([{ n: rowsOfA }]);
  });

  test('statement_that_nobody_waits_for_is_answered_before_the_connection_goes_back', async () => {
    const forgetful = tenancy.withTenant(tenantA, 'test', (tx) => {
      tx.query(divideByZero).catch(() => undefined);
      return Promise.resolve('done');
    });
    await expect(forgetful).rejects.toMatchObject({ code: 'db.rolled_back' });
    expect(await leftBehind()).toEqual(nothing);
  });

  test('what_goes_with_the_commit_is_written_with_the_rest_under_the_same_tenant', async () => {
    const name = 'with the commit';
    await tenancy.withTenant(tenantA, 'test', (tx) => {
      tx.atCommit(() => insertFor(tenantA.tenantId, name));
      return Promise.resolve();
    });
    const left = sql('test.take-back')`delete from app.repository where name = ${name} returning 1`;
    await expect(run('withTenant', tenantA, left)).rejects.toMatchObject({ code: 'db.forbidden' });
    expect(await database.admin('delete from app.repository where name = $1 returning tenant_id', [name])).toEqual([
      { tenant_id: tenantA.tenantId },
    ]);
  });

  test.each([
    ['violates_a_policy', () => insertFor(tenantB.tenantId, 'undone'), '42501'],
    ['fails', () => divideByZero, '22012'],
  ])('what_goes_with_the_commit_and_%s_undoes_the_rest_and_tells_why', async (_, make, sqlState) => {
    const failing = tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(insertFor(tenantA.tenantId, 'undone'));
      tx.atCommit(make);
    });
    await expect(failing).rejects.toMatchObject({ sqlState });
    expect(await run('withTenantOnce', tenantA, count)).toEqual([{ n: rowsOfA }]);
    expect(await leftBehind()).toEqual(nothing);
  });

  test('a_failure_before_the_commit_is_not_blamed_on_what_goes_with_it', async () => {
    const swallowing = tenancy.withTenant(tenantA, 'test', async (tx) => {
      tx.atCommit(() => insertFor(tenantA.tenantId, 'undone'));
      await tx.query(sql('test.bad')`selec`).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ code: 'db.rolled_back' });
    expect(await run('withTenantOnce', tenantA, count)).toEqual([{ n: rowsOfA }]);
  });

  test('commit_by_a_statement_is_refused', async () => {
    const early = tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(sql('test.commit')`commit`);
      return tx.query(count);
    });
    await expect(early).rejects.toMatchObject({ code: 'db.transaction_control' });
    expect(await leftBehind()).toEqual(nothing);
  });

  test('savepoint_and_rollback_to_it_keep_the_tenant', async () => {
    const rows = await tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(sql('test.savepoint')`savepoint s`);
      await tx.query(insertFor(tenantA.tenantId, 'undone'));
      await tx.query(sql('test.rollback-to')`rollback to s`);
      return tx.query(count);
    });
    expect(rows).toEqual([{ n: rowsOfA }]);
  });

  test('of_statements_sent_together_the_one_that_failed_is_told_not_the_ones_before_it', async () => {
    const together = tenancy.withTenant(tenantA, 'test', async (tx) => {
      await tx.query(count);
      return Promise.all([tx.query(count), tx.query(count), tx.query(divideByZero)]);
    });
    await expect(together).rejects.toMatchObject({ sqlState: '22012' });
  });

  test('statements_sent_together_answer_in_order', async () => {
    const answers = await tenancy.withTenant(tenantA, 'test', (tx) =>
      Promise.all([1, 2, 3].map((n) => tx.query(sql('test.echo')`select ${n}::integer as n`))),
    );
    expect(answers.flat()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });
});

describe('withTenantOnce', () => {
  test.each(['begin', '/* x */ start transaction'])('%s_by_this_door_is_refused', async (text) => {
    await expect(run('withTenantOnce', tenantA, { name: '', text, values: [] })).rejects.toMatchObject({ code: 'db.transaction_control' });
    expect(await leftBehind()).toEqual(nothing);
  });

  test('second_statement_is_refused', async () => {
    const twice = tenancy.withTenantOnce(tenantA, 'test', async (tx) => {
      await tx.query(count);
      return tx.query(count);
    });
    await expect(twice).rejects.toThrow('withTenantOnce runs one statement');
  });

  test('work_that_outlives_its_visit_may_open_its_own', async () => {
    let late: Promise<unknown> | undefined;
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    await tenancy.withTenantOnce(tenantA, 'test', async (tx) => {
      late = gate.then(() => run('withTenantOnce', tenantB, count));
      return tx.query(count);
    });
    go();
    expect(await late).toEqual([{ n: rowsOfB }]);
  });
});

test('local_setting_with_a_sync_of_its_own_fails_closed', async () => {
  const rows = await lendConnection(pool, async (connection) => {
    await connection.send(enterTenant(bindProof(await tenantA.pass.proofFor('aegis_api'), connection.backend)));
    return (await connection.send(count)).rows;
  });
  expect(rows).toEqual([{ n: 0 }]);
});

test('without_a_tenant_nothing_is_read_or_written', async () => {
  await lendConnection(pool, async (connection) => {
    expect((await connection.send(count)).rows).toEqual([{ n: 0 }]);
    await expect(connection.send(insertFor(tenantA.tenantId, 'x'))).rejects.toMatchObject({ sqlState: '42501' });
  });
});

async function backendPid(): Promise<unknown> {
  const answer = await lendConnection(pool, (connection) => connection.send(sql('test.pid')`select pg_backend_pid() as pid`));
  return answer.rows[0]?.['pid'];
}

async function killBackendRunning(text: string): Promise<void> {
  for (;;) {
    const killed = await database.admin(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'aegis_api' and state = 'active' and query like $1`,
      [`%${text}%`],
    );
    if (killed.length > 0) return;
  }
}
