import { lstat, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';

/** True when the folder and every folder above it let anybody pass, so that an unprivileged user can reach what is in it. */
export async function isEnterable(folder: string): Promise<boolean> {
  for (let at = await realpath(folder); at !== '/'; at = dirname(at)) {
    const found = await lstat(at);
    if ((found.mode & 0o001) === 0) return false;
  }
  return true;
}
