import { readFileSync, statSync } from 'node:fs';
import { Fault } from '@lib/kernel';

/** Whom the server runs as. Empty means: as we are. */
export type RunUser = { readonly uid: number; readonly gid: number } | undefined;

const preferredNames = ['aegis', 'nobody'] as const;

/**
 * The server refuses to run as root, so as root it runs as the owner of an existing cluster, else as `aegis` or `nobody`. The user
 * needs a line in /etc/passwd, because initdb looks its own name up.
 * Errors: `postgres.no_user`.
 */
export function runUser(clusterDirectory: string): RunUser {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(clusterDirectory, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of preferredNames) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Fault('postgres.no_user', { internal: 'PostgreSQL does not run as root, and /etc/passwd has no user `aegis` or `nobody`' });
}
