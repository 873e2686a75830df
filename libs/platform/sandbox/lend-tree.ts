import { chmod, chown, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '@lib/kernel';
import { isEnterable } from './is-enterable.ts';
import type { Identity } from './unprivileged-identity.ts';

/**
 * Gives the top folder of a sealed tree to one user, and to nobody else, for the length of `use`.
 * Errors: Fault `sandbox.start_failed` when a folder above it lets nobody pass.
 */
export async function lendTree<T>(treeDirectory: string, identity: Identity | undefined, use: (tree: string) => Promise<T>): Promise<T> {
  const tree = await realpath(treeDirectory).catch((error: unknown) => {
    throw new Fault('sandbox.start_failed', { internal: `no sealed tree in ${treeDirectory}`, cause: error });
  });
  if (identity === undefined) return use(tree);
  if (!(await isEnterable(dirname(tree)))) {
    throw new Fault('sandbox.start_failed', { internal: `${tree} lies below a folder that other users cannot pass: seal trees elsewhere` });
  }
  await chown(tree, identity.uid, identity.gid);
  await chmod(tree, 0o500);
  try {
    return await use(tree);
  } finally {
    await chown(tree, 0, 0).catch(() => undefined); // the caller may have removed it
    await chmod(tree, 0o700).catch(() => undefined);
  }
}
