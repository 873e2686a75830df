import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { err, ok, type Result } from '@lib/kernel';

/** The folder is not one that the operator allows, or is none. */
export type FolderRefused = { readonly code: 'connect.folder_not_allowed' | 'ingest.folder_missing' };

/**
 * Finds the real place of a folder and makes sure that it lies under one that the operator allows. What is outside is refused before
 * the disk is asked, so that an answer never tells whether something exists there; a link that leads out is refused after.
 * Errors: `connect.folder_not_allowed`, `ingest.folder_missing`. Source: CWE-22, CWE-59.
 */
export async function resolveFolder(path: string, allowedFolders: readonly string[]): Promise<Result<string, FolderRefused>> {
  if (path.includes('\0') || !isAbsolute(path)) return err({ code: 'connect.folder_not_allowed' });
  const roots = await Promise.all(allowedFolders.map(realOrSame));
  const named = resolve(path);
  if (![...allowedFolders, ...roots].some((root) => isUnder(named, root))) return err({ code: 'connect.folder_not_allowed' });
  const real = await realpath(named).catch(() => undefined);
  if (real === undefined) return err({ code: 'ingest.folder_missing' });
  if (!roots.some((root) => isUnder(real, root))) return err({ code: 'connect.folder_not_allowed' });
  const found = await stat(real).catch(() => undefined);
  return found?.isDirectory() === true ? ok(real) : err({ code: 'ingest.folder_missing' });
}

async function realOrSame(folder: string): Promise<string> {
  return realpath(folder).catch(() => resolve(folder));
}

function isUnder(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
