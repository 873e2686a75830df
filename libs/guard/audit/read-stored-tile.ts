import { TILE_WIDTH, type ReadTile, merkleRoot } from '@lib/engine/tlog';

/** Answers the hashes of a level that are stored, without a gap, from an index on. */
export type ListHashes = (level: number, range: { readonly from: number; readonly count: number }) => Promise<readonly Uint8Array[]>;

/**
 * Reads tiles by their C2SP path out of the hashes that are stored. What has no row, in a log that is older than these rows, is made
 * from the level below, which ends at the leaves. The bytes need not be trusted: proofs out of them are checked against a root.
 */
export function readStoredTile(list: ListHashes): ReadTile {
  return async (path) => {
    const place = parsePath(path);
    if (place === undefined) return undefined;
    const hashes = await hashesOf(list, place.level, { from: place.index * TILE_WIDTH, count: place.width });
    return hashes === undefined ? undefined : Buffer.concat(hashes);
  };
}

type Range = Parameters<ListHashes>[1];

async function hashesOf(list: ListHashes, level: number, { from, count }: Range): Promise<readonly Uint8Array[] | undefined> {
  const hashes = [...(await list(level, { from, count }))];
  while (hashes.length < count) {
    if (level === 0) return undefined;
    const below = await hashesOf(list, level - 1, { from: (from + hashes.length) * TILE_WIDTH, count: TILE_WIDTH });
    if (below === undefined) return undefined;
    hashes.push(merkleRoot(below));
  }
  return hashes;
}

function parsePath(path: string): { readonly level: number; readonly index: number; readonly width: number } | undefined {
  const [, level, groups, width] = /^tile\/(\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:[.]p\/(\d{1,3}))?$/u.exec(path) ?? [];
  if (level === undefined || groups === undefined) return undefined;
  const index = Number(groups.replaceAll(/[x/]/gu, ''));
  return Number.isSafeInteger(index * TILE_WIDTH)
    ? { level: Number(level), index, width: width === undefined ? TILE_WIDTH : Number(width) }
    : undefined;
}
