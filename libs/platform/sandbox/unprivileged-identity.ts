import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The user that an analysis runs as. `own` is undefined when we are no superuser ourselves: it then runs as us. */
export type Identity = { readonly uid: number; readonly gid: number; readonly shared: boolean };

// A range that neither people, nor services, nor containers are given. Source: systemd, "Users, Groups, UIDs and GIDs".
const privateFirst = 1_990_000_000;
const privateCount = 65_536;
const nobody = 65_534; // where a user namespace maps no private range; other services may share it

/**
 * Picks who runs the analysis. As root: a user of its own for each run, so that two analyses cannot signal or count against each other.
 * As anybody else: undefined, the same user.
 */
export function unprivilegedIdentity(ownUid = process.getuid?.() ?? -1): Identity | undefined {
  if (ownUid !== 0) return undefined;
  if (!isMapped('/proc/self/uid_map') || !isMapped('/proc/self/gid_map')) return { uid: nobody, gid: nobody, shared: true };
  const id = privateFirst + randomInt(privateCount);
  return { uid: id, gid: id, shared: false };
}

function isMapped(file: string): boolean {
  const ranges = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/u).map(Number));
  return ranges.some(([inside = 0, , count = 0]) => inside <= privateFirst && privateFirst + privateCount <= inside + count);
}
