import { type Result, assert, err, ok } from '@lib/kernel';
import { HASH_BYTES, completeRoot, emptyRoot, writeLeafHash } from './merkle-hash.ts';
import { merkleRoot } from './prove.ts';
import { TILE_WIDTH } from './tile-path.ts';
import type { TlogError } from './tlog.errors.ts';

/** A tile and its bytes: `width` hashes, one after the other. Its path: `tilePath(level, index, width)`. */
export type Tile = { readonly level: number; readonly index: bigint; readonly width: number; readonly bytes: Uint8Array };

/** What is left when the last leaf has come: the tiles that are not full, and what the checkpoint must say. */
export type TreeEnd = { readonly size: bigint; readonly root: Uint8Array; readonly tiles: readonly Tile[] };

export type TileWriter = {
  /** Takes the next leaf hashes, in order; answers the tiles that they filled, ready to be written. */
  readonly push: (leaves: readonly Uint8Array[]) => readonly Tile[];
  /** The same for hashes that lie one after the other, at most a tile of them: the quick way where they fill one. */
  readonly pushRow: (row: Uint8Array) => readonly Tile[];
  /** The same for entries, which it hashes where their hash is to lie: the quick way through a whole log. */
  readonly pushEntries: (entries: readonly Uint8Array[]) => readonly Tile[];
  /** Answers the partial tiles of the tree as it stands, its size and its root. More leaves may follow. */
  readonly finish: () => TreeEnd;
};

/** Hashes of one level that fill no tile yet, one after the other, and how many tiles are before them. */
type Level = { readonly bytes: Buffer; width: number; tiles: bigint };

/**
 * Turns leaf hashes into all the tiles of their tree. Holds one tile a level, 8 KiB for each, however long the log is.
 * `from` is what an earlier writer's `finish` answered: the new one goes on where that one stood, without the leaves before.
 * Source: C2SP tlog-tiles, Merkle Tree: a hash of level n+1 is the root of a full tile of level n.
 */
export function tileWriter(from?: Pick<TreeEnd, 'size' | 'tiles'>): TileWriter {
  const levels: Level[] = from === undefined ? [] : levelsOf(from);
  const push = (leaves: readonly Uint8Array[]): readonly Tile[] => {
    const full: Tile[] = [];
    for (const leaf of leaves) {
      assert(leaf.length === HASH_BYTES, 'a leaf hash has 32 bytes');
      const level = levelAt(levels, 0);
      level.bytes.set(leaf, level.width * HASH_BYTES);
      grow(levels, full);
    }
    return full;
  };
  return {
    push,
    pushRow: (row) => {
      const level = levelAt(levels, 0);
      if (level.width > 0 || row.length !== level.bytes.length) return push(splitHashes(row));
      const full: Tile[] = [];
      level.bytes.set(row);
      level.width = TILE_WIDTH - 1; // all but the one that is counted now
      grow(levels, full);
      return full;
    },
    pushEntries: (entries) => {
      const full: Tile[] = [];
      for (const entry of entries) {
        const level = levelAt(levels, 0);
        writeLeafHash(entry, level.bytes, level.width * HASH_BYTES);
        grow(levels, full);
      }
      return full;
    },
    finish: () => endOf(levels),
  };
}

function levelsOf({ size, tiles }: Pick<TreeEnd, 'size' | 'tiles'>): Level[] {
  const levels: Level[] = [];
  for (let inLevel = size; inLevel > 0n; inLevel /= BigInt(TILE_WIDTH)) {
    const width = Number(inLevel % BigInt(TILE_WIDTH));
    const partial = tiles.find(({ level }) => level === levels.length);
    assert((partial?.bytes.length ?? 0) === width * HASH_BYTES, 'a tree of this size has these partial tiles');
    const bytes = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
    if (partial !== undefined) bytes.set(partial.bytes);
    levels.push({ bytes, width, tiles: inLevel / BigInt(TILE_WIDTH) });
  }
  return levels;
}

function levelAt(levels: Level[], at: number): Level {
  return (levels[at] ??= { bytes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), width: 0, tiles: 0n });
}

/** Counts the hash that was written at the end of level 0, and hands the root of each tile that is full to the level above. */
function grow(levels: Level[], full: Tile[]): void {
  for (let at = 0; ; at += 1) {
    const level = levelAt(levels, at);
    level.width += 1;
    if (level.width < TILE_WIDTH) return;
    const bytes = new Uint8Array(level.bytes);
    full.push({ level: at, index: level.tiles, width: TILE_WIDTH, bytes });
    level.tiles += 1n;
    level.width = 0;
    const above = levelAt(levels, at + 1);
    above.bytes.set(completeRoot(level.bytes), above.width * HASH_BYTES);
  }
}

function endOf(levels: readonly Level[]): TreeEnd {
  const tiles: Tile[] = [];
  let root: Uint8Array | undefined;
  let size = 0n;
  let weight = 1n;
  for (const [level, { bytes, width, tiles: index }] of levels.entries()) {
    if (width > 0) {
      const partial = Uint8Array.from(bytes.subarray(0, width * HASH_BYTES));
      tiles.push({ level, index, width, bytes: partial });
      // what is smaller than one hash of this level hangs at its right end, exactly where RFC 6962 splits
      root = merkleRoot([...splitHashes(partial), ...(root === undefined ? [] : [root])]);
    }
    size += BigInt(width) * weight;
    weight *= BigInt(TILE_WIDTH);
  }
  return { size, root: root ?? emptyRoot, tiles };
}

/** The hashes of a tile. Errors: `tlog.tile_malformed` unless there are exactly `width` of them. */
export function decodeTile(bytes: Uint8Array, width: number = TILE_WIDTH): Result<readonly Uint8Array[], TlogError> {
  return bytes.length === width * HASH_BYTES && width >= 1 && width <= TILE_WIDTH
    ? ok(splitHashes(bytes))
    : err({ code: 'tlog.tile_malformed' });
}

function splitHashes(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}
