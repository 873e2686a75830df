import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { testDatabase, type TestDatabase } from '../../../tools/testing/database.ts';
import { migrate, withAdmin } from './index.ts';

const source = 'db/migrations';
const made: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of made.splice(0)) await undo();
});

/** A test database is migrated already; the files beside it may be changed. */
async function migrated(): Promise<{
  database: TestDatabase;
  directory: string;
  run: () => Promise<{ readonly applied: readonly string[] }>;
}> {
  const database = await testDatabase();
  const directory = mkdtempSync(join(tmpdir(), 'aegis-migrations-'));
  cpSync(source, directory, { recursive: true });
  made.push(database.drop, () => rmSync(directory, { recursive: true }));
  return { database, directory, run: () => migrate({ adminUrl: database.adminUrl, directory, passwords: {}, database: database.name }) };
}

function next(directory: string, step = 1): string {
  return String(readdirSync(directory).length + step).padStart(4, '0');
}

test('what_is_applied_is_not_applied_again', async () => {
  const { run } = await migrated();
  expect(await run()).toEqual({ applied: [] });
});

test('new_file_is_applied_once_and_owned_as_it_should_be', async () => {
  const { database, directory, run } = await migrated();
  const name = `${next(directory)}_more.sql`;
  writeFileSync(
    join(directory, name),
    `-- why: test; lock: none\ncreate table app.more (tenant_id uuid primary key);\nselect app.protect('app.more');\n`,
  );
  expect(await run()).toEqual({ applied: [name] });
  expect(await run()).toEqual({ applied: [] });
  expect(await database.admin(`select relowner::regrole::text as owner from pg_class where oid = 'app.more'::regclass`)).toEqual([
    { owner: 'aegis_owner' },
  ]);
});

test('two_runners_at_once_apply_a_file_once', async () => {
  const { directory, run } = await migrated();
  const name = `${next(directory)}_more.sql`;
  writeFileSync(join(directory, name), '-- why: test; lock: none\ncreate table app.more (tenant_id uuid primary key);\n');
  const outcomes = await Promise.all([run(), run()]);
  expect(outcomes.flatMap(({ applied }) => applied)).toEqual([name]);
});

test('file_that_fails_leaves_nothing', async () => {
  const { database, directory, run } = await migrated();
  const name = `${next(directory)}_broken.sql`;
  writeFileSync(join(directory, name), '-- why: test; lock: none\ncreate table app.half (tenant_id uuid primary key);\nselect 1 / 0;\n');
  await expect(run()).rejects.toMatchObject({ sqlState: '22012', message: expect.stringContaining(name) as string });
  expect(await database.admin(`select to_regclass('app.half') is null as absent`)).toEqual([{ absent: true }]);
  expect(await database.admin('select name from ops.migration where name = $1', [name])).toEqual([]);
});

test('file_that_was_edited_after_it_was_applied_is_refused', async () => {
  const { directory, run } = await migrated();
  writeFileSync(join(directory, '0004_connect.sql'), '-- why: edited; lock: none\n');
  await expect(run()).rejects.toMatchObject({ code: 'db.migration_edited' });
});

test('database_newer_than_the_program_is_refused', async () => {
  const { directory, run } = await migrated();
  const last = readdirSync(directory).toSorted().at(-1) ?? '';
  rmSync(join(directory, last));
  await expect(run()).rejects.toMatchObject({ code: 'db.migration_unknown' });
});

test('gap_in_the_numbers_is_refused_before_anything_is_applied', async () => {
  const { directory, run } = await migrated();
  writeFileSync(join(directory, `${next(directory, 2)}_far.sql`), '-- why: test; lock: none\n');
  await expect(run()).rejects.toMatchObject({ code: 'db.migration_gap' });
});

test('file_that_does_not_say_why_is_refused', async () => {
  const { directory, run } = await migrated();
  writeFileSync(join(directory, `${next(directory)}_mute.sql`), 'select 1;\n');
  await expect(run()).rejects.toMatchObject({ code: 'db.migration_unnamed' });
});

test('passwords_are_kept_as_verifiers_and_the_queue_database_is_closed', async () => {
  const { database } = await migrated();
  await withAdmin(database, async (admin) => {
    const stored = await admin.rows(
      'test',
      `select bool_and(rolpassword like 'SCRAM-SHA-256$4096:%') as ok from pg_authid where rolname ~ '^aegis_' and rolcanlogin`,
    );
    expect(stored).toEqual([{ ok: true }]);
    const open = await admin.rows(
      'test',
      `select datname, r from pg_database, unnest(array['public', 'aegis_api', 'aegis_worker']) r
       where datname in ('aegis_queue', 'postgres', 'template1') and has_database_privilege(r, datname, 'connect')`,
    );
    expect(open).toEqual([]);
  });
});
