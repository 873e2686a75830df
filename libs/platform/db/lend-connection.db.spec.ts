import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { closeDatabase, lendConnection, openDatabase, sql, type Database, type Statement } from './index.ts';

let database: TestDatabase;
let pool: Database;
beforeAll(async () => {
  database = await testDatabase();
  pool = openDatabase({ url: database.urls.aegis_api, poolMax: 1, applicationName: 'test' });
});
afterAll(async () => {
  await closeDatabase(pool);
  await database.drop();
});

function run(statement: Statement) {
  return lendConnection(pool, (connection) => connection.send(statement));
}

test('values_arrive_as_decided', async () => {
  const { rows } = await run(sql('test.values')`
    select 9007199254740991::bigint as safe, 9007199254740993::bigint as unsafe, '2026-11-21 09:24:47.1239+01'::timestamptz as instant,
      '2026-11-21'::date as day, '{"a": [1]}'::jsonb as json, '\\x00ff'::bytea as bytes, 1.50::numeric as decimal, null::bigint as nothing,
      'infinity'::timestamptz as never`);
  expect(rows[0]).toEqual({
    safe: 9_007_199_254_740_991,
    unsafe: '9007199254740993',
    instant: '2026-11-21T08:24:47.123Z',
    day: '2026-11-21',
    json: { a: [1] },
    bytes: Buffer.from([0, 255]),
    decimal: '1.50',
    nothing: null,
    never: 'infinity',
  });
});

test('session_is_in_utc_with_a_time_limit', async () => {
  const { rows } = await run(sql('test.settings')`select current_setting('timezone') as zone, current_setting('statement_timeout') as cap`);
  expect(rows[0]).toEqual({ zone: 'UTC', cap: '15s' });
});

test('text_without_values_still_takes_one_statement_only', async () => {
  await expect(run({ name: '', text: 'select 1; select 2', values: [] })).rejects.toMatchObject({ sqlState: '42601' });
});

test('copy_is_refused_and_does_not_hang', async () => {
  await database.admin('create table public.open (n integer)');
  await database.admin('grant usage on schema public to aegis_api');
  await database.admin('grant insert on public.open to aegis_api');
  await expect(run({ name: '', text: 'copy public.open from stdin', values: [] })).rejects.toMatchObject({
    code: expect.stringMatching(/^db\./u) as string,
  });
  expect((await run(sql('test.one')`select 1 as n`)).rows).toEqual([{ n: 1 }]);
});

test('answers_after_a_refused_copy_belong_to_their_statements', async () => {
  const rows = await lendConnection(pool, async (connection) => {
    await connection.send({ name: '', text: 'copy public.open from stdin', values: [] }).catch(() => undefined);
    return (await connection.send(sql('test.one')`select 1 as n`)).rows;
  });
  expect(rows).toEqual([{ n: 1 }]);
});

test('loan_ends_only_when_every_statement_is_answered', async () => {
  let isAnswered = false;
  await lendConnection(pool, (connection) => {
    void connection.send(sql('test.slow')`select pg_sleep(0.2)`).then(() => {
      isAnswered = true;
    });
    return Promise.resolve();
  });
  expect(isAnswered).toBe(true);
});

test('open_transaction_does_not_go_back_to_the_pool', async () => {
  const pid = async () => (await run(sql('test.pid')`select pg_backend_pid() as pid`)).rows[0]?.['pid'];
  const first = await pid();
  expect(await pid()).toBe(first);
  await run({ name: '', text: 'begin', values: [] });
  expect(await pid()).not.toBe(first);
});

test('idle_connection_that_the_server_ends_is_replaced', async () => {
  await run(sql('test.one')`select 1 as n`);
  await database.admin(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = 'aegis_api' and datname = current_database()`,
  );
  // the first answer may still come from the connection that is going; a later one never does
  await run(sql('test.one')`select 1 as n`).catch(() => undefined);
  expect((await run(sql('test.one')`select 1 as n`)).rows).toEqual([{ n: 1 }]);
});

test('absent_server_is_unavailable', async () => {
  const absent = openDatabase({ url: 'postgresql://x:y@127.0.0.1:1/z', poolMax: 1, applicationName: 'test' });
  await expect(lendConnection(absent, (connection) => connection.send(sql('test.one')`select 1`))).rejects.toMatchObject({
    code: 'db.unavailable',
  });
  await closeDatabase(absent);
});

test('wrong_password_is_refused_by_its_own_code', async () => {
  const wrong = openDatabase({ url: database.urls.aegis_api.replace(/:[^:@]+@/u, ':wrong@'), poolMax: 1, applicationName: 'test' });
  await expect(lendConnection(wrong, (connection) => connection.send(sql('test.one')`select 1`))).rejects.toMatchObject({
    code: 'db.login_refused',
  });
  await closeDatabase(wrong);
});

test('pair_runs_in_one_transaction_and_keeps_the_second_answer', async () => {
  const head = sql('test.head')`select set_config('app.test', ${'inside'}, true)`;
  const rows = await lendConnection(pool, async (connection) => {
    const inside = await connection.sendTogether(head, sql('test.setting')`select current_setting('app.test', true) as value`);
    const after = await connection.send(sql('test.after')`select coalesce(current_setting('app.test', true), '') as value`);
    return [...inside.rows, ...after.rows];
  });
  expect(rows).toEqual([{ value: 'inside' }, { value: '' }]);
});

test('statement_does_not_run_when_its_head_fails', async () => {
  await database.admin('create table public.marks (n integer)');
  await database.admin('grant insert on public.marks to aegis_api');
  const head = sql('test.bad-head')`select 1 / length(${'x'})`;
  const failing = lendConnection(pool, (connection) =>
    connection.sendTogether({ ...head, text: 'select 1 / (length($1) - 1)' }, sql('test.mark')`insert into public.marks values (1)`),
  );
  await expect(failing).rejects.toMatchObject({ sqlState: '22012' });
  expect(await database.admin('select n from public.marks')).toEqual([]);
});
