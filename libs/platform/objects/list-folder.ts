import { type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './folder-files.ts';
import type { ObjectPage } from './object-store.ts';

/** An object is a folder with this ending, which no segment of a key can have: `a` and `a/b` may both exist. */
export const OBJECT_SUFFIX = '=object';

type Walk = {
  readonly root: string;
  readonly prefix: string;
  readonly cursor: string | undefined;
  /** The version of an object, or what stands for one whose facts were altered. */
  readonly versionOf: (key: string) => Promise<string>;
};

/** Lists keys in order of their bytes, as S3 does. Reads only the folders that can hold what is asked for. */
export async function listFolder(walk: Walk, itemsMax: number): Promise<ObjectPage> {
  const items: { key: string; version: string; bytes: number }[] = [];
  for await (const key of keysIn(walk, '')) {
    const last = items.at(-1);
    if (items.length === itemsMax && last !== undefined) return { items, nextCursor: last.key };
    const facts = await stat(join(walk.root, `${key}${OBJECT_SUFFIX}`, 'bytes')).catch(() => undefined);
    // otherwise removed since the folder was read
    if (facts !== undefined) items.push({ key, version: await walk.versionOf(key), bytes: facts.size });
  }
  return { items, nextCursor: undefined };
}

async function* keysIn(walk: Walk, folder: string): AsyncGenerator<string> {
  for (const name of (await entriesOf(join(walk.root, folder))).toSorted(byBytes)) {
    const path = `${folder}${name}`;
    if (!name.endsWith('/')) {
      if (path.startsWith(walk.prefix) && (walk.cursor === undefined || path > walk.cursor)) yield path;
    } else if (canHold(walk, path)) {
      yield* keysIn(walk, path);
    }
  }
}

// Names as keys have them: an object without its suffix, a folder with its slash, so that sorting names sorts keys.
async function entriesOf(path: string): Promise<readonly string[]> {
  const entries: readonly Dirent[] = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return entries.map(({ name }) => (name.endsWith(OBJECT_SUFFIX) ? name.slice(0, -OBJECT_SUFFIX.length) : `${name}/`));
}

function canHold({ prefix, cursor }: Walk, folder: string): boolean {
  const matches = folder.startsWith(prefix) || prefix.startsWith(folder);
  return matches && (cursor === undefined || folder > cursor || cursor.startsWith(folder));
}

// keys are ASCII, so code units are bytes
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
