import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Fault } from '@lib/kernel';
import type { Place } from './place-cluster.ts';
import type { RunUser } from './run-user.ts';
import { serverEnvironment } from './server-settings.ts';

const draftPrefix = 'pg.draft-';
const superuser = 'postgres';

/**
 * Makes the cluster on the first start; answers the superuser and its password, which lies in the data directory, readable by its
 * owner alone. The cluster is built under another name and renamed when whole, so that a kill in between leaves nothing half made.
 * Errors: `postgres.init_failed`, `postgres.password_missing`.
 */
export async function initCluster(
  place: Place,
  binaries: string,
  user: RunUser,
): Promise<{ readonly user: string; readonly password: string }> {
  const passwordFile = join(place.dataDirectory, 'postgres-password');
  const parent = dirname(place.cluster);
  for (const name of readdirSync(parent)) if (name.startsWith(draftPrefix)) rmSync(join(parent, name), { recursive: true, force: true });
  if (existsSync(join(place.cluster, 'PG_VERSION'))) {
    return readLogin(place);
  }
  const password = randomBytes(24).toString('base64url');
  const draft = join(parent, `${draftPrefix}${randomBytes(6).toString('hex')}`);
  mkdirSync(draft, { mode: 0o700 });
  const hint = `${draft}.password`; // initdb reads it as the server's user and wants its own directory empty
  try {
    writeFileSync(hint, password, { mode: 0o600, flag: 'wx' });
    if (user !== undefined) for (const path of [draft, hint]) chownSync(path, user.uid, user.gid);
    await runInitdb(join(binaries, 'initdb'), { draft, hint, user });
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flush: true });
    renameSync(draft, place.cluster);
  } finally {
    rmSync(hint, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
  return { user: superuser, password };
}

/** The superuser of a cluster that is there. Errors: `postgres.password_missing`. */
export function readLogin(place: Place): { readonly user: string; readonly password: string } {
  const passwordFile = join(place.dataDirectory, 'postgres-password');
  if (existsSync(passwordFile)) return { user: superuser, password: readFileSync(passwordFile, 'utf8').trim() };
  throw new Fault('postgres.password_missing', { internal: `\`${place.cluster}\` is there, \`${passwordFile}\` is not` });
}

async function runInitdb(initdb: string, job: { readonly draft: string; readonly hint: string; readonly user: RunUser }): Promise<void> {
  const options = ['-D', job.draft, '-U', superuser, '--auth=scram-sha-256', `--pwfile=${job.hint}`, '--encoding=UTF8', '--locale=C.UTF-8'];
  try {
    await promisify(execFile)(initdb, [...options, '--no-instructions'], { ...job.user, cwd: '/', env: serverEnvironment });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    const nameless = said.includes('could not look up effective user ID');
    const hint = 'PostgreSQL needs the user it runs as to have an entry in /etc/passwd';
    throw new Fault('postgres.init_failed', nameless ? { internal: said, public: hint, cause } : { internal: said, cause });
  }
}
