import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@lib/kernel';
import { isReachable } from './is-reachable.ts';
import { runUser } from './run-user.ts';

/** Where things of one data directory lie. `cluster` is elsewhere when the server's user cannot enter the data directory. */
export type Place = { readonly dataDirectory: string; readonly cluster: string; readonly logFile: string };

/** Directory that any user may enter, for what the server's user must reach. */
export const openBase = '/var/lib/aegis';
const pointerName = 'pg.location';

/**
 * Decides where the cluster of `dataDirectory` lies. Normally in it; when we are root and it lies under a directory that only root
 * may enter (a home, for one), under /var/lib/aegis by the hash of its real path, and the data directory holds a pointer.
 * Errors: `postgres.data_unreachable`.
 */
export function placeCluster(directory: string, base: string = openBase): Place {
  mkdirSync(directory, { recursive: true });
  const dataDirectory = realpathSync(directory);
  const pointer = join(dataDirectory, pointerName);
  if (existsSync(pointer)) return placeAt(dataDirectory, readPointer(pointer, base));
  const inside = join(dataDirectory, 'pg');
  if (isReachable(dataDirectory, runUser(inside))) return placeAt(dataDirectory, inside);
  const outside = join(base, createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16), 'pg');
  openDirectory(join(outside, '..'), dataDirectory);
  writeFileSync(pointer, `${outside}\n`, { mode: 0o600 });
  return placeAt(dataDirectory, outside);
}

function placeAt(dataDirectory: string, cluster: string): Place {
  return { dataDirectory, cluster, logFile: join(cluster, '..', 'postgres.log') };
}

function readPointer(pointer: string, base: string): string {
  const target = readFileSync(pointer, 'utf8').trim();
  const isOurs = target.startsWith(`${base}/`) && /^\/[0-9a-f]{16}\/pg$/u.test(target.slice(base.length));
  if (!isOurs) throw new Fault('postgres.data_unreachable', { internal: `\`${pointer}\` points outside of \`${base}\`` });
  openDirectory(join(target, '..'), pointer);
  return target;
}

function openDirectory(directory: string, wanted: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw unreachableFault(directory, wanted, cause);
  }
  if (!isReachable(realpathSync(directory), runUser(join(directory, 'pg')))) throw unreachableFault(directory, wanted, undefined);
}

function unreachableFault(directory: string, wanted: string, cause: unknown): Fault {
  return new Fault('postgres.data_unreachable', {
    internal: `the server's user may enter neither \`${wanted}\` nor \`${directory}\`: choose another data directory, or run as an ordinary user`,
    cause,
  });
}
