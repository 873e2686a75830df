import { chmod, chown, cp, mkdir, mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '@lib/kernel';
import { isEnterable } from './is-enterable.ts';
import type { Identity } from './unprivileged-identity.ts';

/**
 * Gives the top folder of a sealed tree to one user, and to nobody else, for the length of `use`. A tree below a folder that other users
 * cannot pass (a checkout in somebody's home) is copied to where they can, and the copy removed.
 * Errors: Fault `sandbox.start_failed` when there is no tree.
 */
export async function lendTree<T>(treeDirectory: string, identity: Identity | undefined, use: (tree: string) => Promise<T>): Promise<T> {
  const tree = await existing(treeDirectory, 'sealed tree');
  if (identity === undefined) return use(tree);
  if (await isEnterable(dirname(tree))) return lend({ folder: tree, mode: 0o500, identity }, use);
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'aegis-tree-')));
  try {
    await chmod(scratch, 0o711); // passed through, not listed
    const copy = join(scratch, 'tree');
    await cp(tree, copy, { recursive: true, errorOnExist: true, preserveTimestamps: false });
    return await lend({ folder: copy, mode: 0o500, identity }, use);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Gives a folder to one user to fill, for the length of `use`; afterwards it is ours and closed to others again. For one below a folder
 * that other users cannot pass, another is filled where they can, and what is in it is moved over. Links stay links: nothing is followed.
 * Errors: Fault `sandbox.start_failed` when there is no folder.
 */
export async function lendTarget<T>(
  targetDirectory: string,
  identity: Identity | undefined,
  use: (target: string) => Promise<T>,
): Promise<T> {
  const folder = await existing(targetDirectory, 'target folder');
  if (identity === undefined) return use(folder);
  if (await isEnterable(dirname(folder))) return lend({ folder, mode: 0o700, identity }, use);
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'aegis-target-')));
  try {
    await chmod(scratch, 0o711); // passed through, not listed
    const aside = join(scratch, 'target');
    await mkdir(aside);
    const answer = await lend({ folder: aside, mode: 0o700, identity }, use);
    for (const name of await readdir(aside)) await move(join(aside, name), join(folder, name));
    return answer;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function move(from: string, to: string): Promise<void> {
  await rename(from, to).catch(async (error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    await cp(from, to, { recursive: true, errorOnExist: true, force: false, verbatimSymlinks: true });
  });
}

async function existing(folder: string, what: string): Promise<string> {
  return realpath(folder).catch((error: unknown) => {
    throw new Fault('sandbox.start_failed', { internal: `no ${what} in ${folder}`, cause: error });
  });
}

type Loan = { readonly folder: string; readonly mode: number; readonly identity: Identity };

async function lend<T>({ folder, mode, identity }: Loan, use: (folder: string) => Promise<T>): Promise<T> {
  await chown(folder, identity.uid, identity.gid);
  await chmod(folder, mode);
  try {
    return await use(folder);
  } finally {
    await chown(folder, 0, 0).catch(() => undefined); // the caller may have removed it
    await chmod(folder, 0o700).catch(() => undefined);
  }
}
