import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunUser } from './run-user.ts';

/** Whether the server's user may enter a directory: every ancestor lets it through. Access lists are not looked at. */
export function isReachable(realPath: string, user: RunUser): boolean {
  if (user === undefined) return true;
  for (let directory = realPath; ; directory = dirname(directory)) {
    const { mode, uid, gid } = statSync(directory);
    const needed = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & needed) === 0) return false;
    if (directory === dirname(directory)) return true;
  }
}
