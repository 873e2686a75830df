import { chmod, chown, cp, mkdtemp, realpath, rm } from 'node:fs/promises';
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
  const tree = await realpath(treeDirectory).catch((error: unknown) => {
    throw new Fault('sandbox.start_failed', { internal: `no sealed tree in ${treeDirectory}`, cause: error });
  });
  if (identity === undefined) return use(tree);
  if (await isEnterable(dirname(tree))) return lend(tree, identity, use);
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'aegis-tree-')));
  try {
    await chmod(scratch, 0o711); // passed through, not listed
    const copy = join(scratch, 'tree');
    await cp(tree, copy, { recursive: true, errorOnExist: true, preserveTimestamps: false });
    return await lend(copy, identity, use);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function lend<T>(tree: string, identity: Identity, use: (tree: string) => Promise<T>): Promise<T> {
  await chown(tree, identity.uid, identity.gid);
  await chmod(tree, 0o500);
  try {
    return await use(tree);
  } finally {
    await chown(tree, 0, 0).catch(() => undefined); // the caller may have removed it
    await chmod(tree, 0o700).catch(() => undefined);
  }
}
