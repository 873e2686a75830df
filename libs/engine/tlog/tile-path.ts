import { assert } from '@lib/kernel';

/** Hashes in a full tile, and entries in a full bundle. Source: C2SP tlog-tiles. */
export const TILE_WIDTH = 256;
/** Levels of the tree that one level of tiles stands for: 2^8 = 256. */
export const TILE_HEIGHT = 8;

const LEVEL_MAX = 63;

/**
 * Where a tile is found: `tile/<L>/<N>`, and `.p/<W>` behind it while it is not full. `index` counts tiles within the level.
 * Source: C2SP tlog-tiles, Merkle Tree.
 */
export function tilePath(level: number, index: bigint, width: number = TILE_WIDTH): string {
  assert(Number.isInteger(level) && level >= 0 && level <= LEVEL_MAX, 'a tile has a level of 0 to 63');
  return `tile/${level}/${place(index, width)}`;
}

/** Where a bundle of entries is found: as the tile of level 0 with the same index and width. Source: C2SP tlog-tiles, Log entries. */
export function entryBundlePath(index: bigint, width: number = TILE_WIDTH): string {
  return `tile/entries/${place(index, width)}`;
}

// 1234067 is x001/x234/067: no folder holds more than a thousand names, and no file has the name of a folder
function place(index: bigint, width: number): string {
  assert(index >= 0n, 'a tile has an index');
  assert(Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH, 'a tile holds 1 to 256 hashes');
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/gu) ?? [];
  const path = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/');
  return width === TILE_WIDTH ? path : `${path}.p/${width}`;
}
