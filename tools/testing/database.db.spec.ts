import { afterAll, expect, test } from 'vitest';
import { closeDatabase, lendConnection, openDatabase, sql } from '@lib/platform/db';
import { testDatabase, type TestDatabase } from './database.ts';

const made: TestDatabase[] = [];
afterAll(async () => {
  for (const database of made) await database.drop();
});

test('two_test_databases_do_not_see_each_other', async () => {
  const [one, two] = await Promise.all([testDatabase(), testDatabase()]);
  made.push(one, two);
  await one.admin('insert into app.tenant (tenant_id, name) values (gen_random_uuid(), $1)', ['one']);
  expect(await two.admin('select name from app.tenant')).toEqual([]);
  expect(await one.admin('select name from app.tenant')).toEqual([{ name: 'one' }]);
});

test('every_role_logs_in_to_its_database', async () => {
  const database = await testDatabase();
  made.push(database);
  const names = await Promise.all(
    Object.values(database.urls).map(async (url) => {
      const pool = openDatabase({ url, poolMax: 1, applicationName: 'test' });
      try {
        const answer = await lendConnection(pool, (connection) => connection.send(sql('test.who')`select current_user::text as who`));
        return answer.rows[0]?.['who'];
      } finally {
        await closeDatabase(pool);
      }
    }),
  );
  expect(names).toEqual(Object.keys(database.urls));
});
