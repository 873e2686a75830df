import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '@lib/kernel';

/** One file of `db/migrations`. */
export type Migration = { readonly version: number; readonly name: string; readonly text: string; readonly sha256: string };

const namePattern = /^(\d{4})_[a-z0-9_]+\.sql$/u;
const whyPattern = /^-- why: .+; lock: .+/u;

/**
 * Reads the migrations in order. The numbers are dense from 1 and the first line says why and which lock is taken.
 * Errors: `db.migration_gap`, `db.migration_unnamed`.
 */
export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(names.map((name, index) => readMigration(directory, name, index + 1)));
}

async function readMigration(directory: string, name: string, version: number): Promise<Migration> {
  const found = namePattern.exec(name);
  if (Number(found?.[1]) !== version) throw new Fault('db.migration_gap', { internal: `\`${name}\` is not number ${String(version)}` });
  const text = await readFile(join(directory, name), 'utf8');
  if (!whyPattern.test(text))
    throw new Fault('db.migration_unnamed', { internal: `\`${name}\` does not begin with \`-- why: ..; lock: ..\`` });
  return { version, name, text, sha256: createHash('sha256').update(text).digest('hex') };
}
