import { withAdmin, type AdminSession } from './admin-session.ts';
import { readMigrations, type Migration } from './read-migrations.ts';
import { scramVerifier } from './scram-verifier.ts';
import { present, Fault } from '@lib/kernel';

/** The log-in roles; each gets its own password. */
export const loginRoles = [
  'aegis_api',
  'aegis_worker',
  'aegis_identity',
  'aegis_staff',
  'aegis_audit',
  'aegis_queue',
  'aegis_dispatch',
  'aegis_shredder',
] as const;
export type LoginRole = (typeof loginRoles)[number];

/** `passwords` may leave roles out; those keep what they have. `database` is `aegis` unless a test says otherwise. */
export type MigrateOptions = {
  readonly adminUrl: string;
  readonly directory: string;
  readonly passwords: Partial<Readonly<Record<LoginRole, string>>>;
  readonly database?: string;
};

const queueDatabase = 'aegis_queue';
const lockKey = 4_027_431_009; // any constant of ours; one runner at a time in a database

/**
 * Brings the databases to the newest version: makes `aegis` and `aegis_queue`, applies each file that is not applied yet in one
 * transaction, sets passwords. Forward only; two runners at once wait for each other.
 * Errors: `db.migration_edited` (a file changed after it was applied), `db.migration_unknown` (the database is newer than this
 * program), `db.migration_gap`, and `StatementFault`.
 */
export async function migrate(options: MigrateOptions): Promise<{ readonly applied: readonly string[] }> {
  const database = options.database ?? 'aegis';
  const migrations = await readMigrations(options.directory);
  await withAdmin({ adminUrl: options.adminUrl }, (admin) => makeDatabase(admin, database));
  const applied = await withAdmin({ adminUrl: options.adminUrl, database }, (admin) => applyAll(admin, migrations));
  await withAdmin({ adminUrl: options.adminUrl }, async (admin) => {
    await setPasswords(admin, options.passwords);
    await makeQueueDatabase(admin);
  });
  return { applied };
}

async function makeDatabase(admin: AdminSession, name: string): Promise<void> {
  const found = await admin.rows('find database', 'select 1 from pg_database where datname = $1', [name]);
  if (found.length > 0) return;
  await admin
    .run('create database', `create database ${quoted(name)} template template0 encoding 'UTF8' locale 'C.UTF-8'`)
    .catch((error: unknown) => {
      if (!isDuplicate(error)) throw error; // another runner was quicker
    });
}

async function applyAll(admin: AdminSession, migrations: readonly Migration[]): Promise<readonly string[]> {
  await admin.rows('lock migrations', 'select pg_advisory_lock($1)', [lockKey]); // ends with the session
  await admin.run(
    'make ops.migration',
    `create schema if not exists ops;
     create table if not exists ops.migration (
       version integer primary key, name text not null, sha256 text not null, applied_at timestamptz(3) not null default now())`,
  );
  const rows = await admin.rows('read ops.migration', 'select version, name, sha256 from ops.migration order by version');
  const waiting = waitingOf(migrations, rows);
  for (const migration of waiting) await apply(admin, migration);
  return waiting.map((migration) => migration.name);
}

/** What is still to be applied, after everything that was applied has been found unchanged. */
function waitingOf(migrations: readonly Migration[], rows: readonly Readonly<Record<string, unknown>>[]): readonly Migration[] {
  rows.forEach((row, index) => {
    const file = migrations[index];
    if (file === undefined) throw new Fault('db.migration_unknown', { internal: `\`${String(row['name'])}\` is newer than this program` });
    if (row['version'] !== file.version || row['name'] !== file.name)
      throw new Fault('db.migration_gap', { internal: `\`${String(row['name'])}\` is applied where \`${file.name}\` is expected` });
    if (row['sha256'] !== file.sha256)
      throw new Fault('db.migration_edited', { internal: `\`${file.name}\` was edited after it had been applied` });
  });
  return migrations.slice(rows.length);
}

async function apply(admin: AdminSession, migration: Migration): Promise<void> {
  await admin.run('begin', 'begin');
  try {
    await admin.run(migration.name, migration.text);
    const adopt = await admin.rows('find ops.adopt', `select to_regprocedure('ops.adopt()') is not null as found`);
    if (present(adopt[0], 'one row')['found'] === true) await admin.run('ops.adopt', 'select ops.adopt()');
    await admin.rows('record migration', 'insert into ops.migration (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ]);
    await admin.run('commit', 'commit');
  } catch (error) {
    await admin.run('rollback', 'rollback').catch(() => undefined); // the first error is the one to report
    throw error;
  }
}

async function setPasswords(admin: AdminSession, passwords: MigrateOptions['passwords']): Promise<void> {
  for (const role of loginRoles) {
    const password = passwords[role];
    if (password !== undefined) await admin.run('set password', `alter role ${role} password '${scramVerifier(password)}'`);
  }
}

/** BullMQ makes its own schema there; it holds no row-level security, so job payloads are ids only and nobody else connects. */
async function makeQueueDatabase(admin: AdminSession): Promise<void> {
  await makeDatabase(admin, queueDatabase);
  await admin.run(
    'close queue database',
    `alter database ${queueDatabase} owner to aegis_queue; revoke all on database ${queueDatabase} from public`,
  );
  await admin.run('close postgres', 'revoke all on database postgres from public; revoke all on database template1 from public');
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** 42P04: the name is taken; 23505: taken by a create that has not finished yet. */
function isDuplicate(error: unknown): boolean {
  return error instanceof Error && 'sqlState' in error && (error.sqlState === '42P04' || error.sqlState === '23505');
}
