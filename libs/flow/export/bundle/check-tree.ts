import {
  TILE_WIDTH,
  type Tile,
  type TileWriter,
  entryBundlePath,
  leafHash,
  sameHash,
  tileOfBundle,
  tilePath,
  tileWriter,
} from '@lib/engine/tlog';
import { limits } from '@lib/contract';
import type { LeafRecord } from '../views/leaf-record.ts';
import type { BundleSource } from './bundle-source.ts';
import type { BundleFault } from './bundle-verdict.ts';
import { compareEntries, type Difference } from './compare-entries.ts';
import type { BundleHead } from './check-head.ts';

const hashBytes = 32;

/** `onLeaves`, where somebody wants them, sees the leaves of each bundle, as long as nothing was wrong with any of them. */
export type TreeCheck = {
  readonly source: BundleSource;
  readonly head: BundleHead;
  readonly hasEntries: boolean;
  readonly onLeaves: ((leaves: readonly LeafRecord[]) => Promise<void>) | undefined;
};

export type TreeFindings = { readonly faults: readonly BundleFault[]; readonly entries: number; readonly tiles: number };

/**
 * Makes the whole tree again from the hashes of the lowest tiles, compares every entry with its hash and every other tile with what
 * it must be, and the root with the signed one. Which of two that disagree is at fault, the signature decides: the side that leads to
 * the signed root is right. One pass; memory for one bundle and one tile a level. A bundle that makes its tile exactly, as all of an
 * honest log do, is not looked at entry by entry.
 */
export async function checkTree(check: TreeCheck): Promise<TreeFindings> {
  const { source, head } = check;
  const size = Number(head.checkpoint.size);
  const walk = new Walk(head);
  let entries = 0;
  for (let index = 0; index * TILE_WIDTH < size; index += 1) {
    const place = { first: index * TILE_WIDTH, width: Math.min(TILE_WIDTH, size - index * TILE_WIDTH) };
    const tile = await lowestTile(source, walk, place);
    const bundle = check.hasEntries ? await readBundle(source, walk, place) : undefined;
    const taken = await takeBundle(check, walk, { ...place, tile, bundle });
    if (taken === undefined) return { faults: walk.faults, entries, tiles: walk.tiles };
    entries += taken;
  }
  await walk.finish(source);
  return { faults: walk.faults, entries, tiles: walk.tiles };
}

type Place = { readonly first: number; readonly width: number };
type Stretch = Place & { readonly tile: Uint8Array | undefined; readonly bundle: Uint8Array | undefined };

/** Takes a bundle into the tree. Answers how many entries it has; nothing where no tree can be made of what is there. */
async function takeBundle(check: TreeCheck, walk: Walk, stretch: Stretch): Promise<number | undefined> {
  const { first, width } = stretch;
  const taken = makesItsTile(stretch) && (await walk.pushTile(check.source, stretch.tile));
  if (taken && check.onLeaves === undefined) return width;
  const { entries, leaves } = split(stretch);
  if (leaves?.length !== width) return undefined;
  if (!taken) await walk.push(check.source, leaves, compared(entries, leaves, first));
  if (!check.hasEntries || !walk.hasFaults()) await check.onLeaves?.(leaves.map((hash, at) => recordOf(first + at, hash, entries?.[at])));
  return entries?.length ?? 0;
}

function makesItsTile(stretch: Stretch): stretch is Stretch & { readonly tile: Uint8Array } {
  const { tile, bundle, width } = stretch;
  const made = bundle === undefined ? undefined : tileOfBundle(bundle, width);
  return made !== undefined && tile !== undefined && sameHash(made, tile);
}

function split({ tile, bundle }: Stretch): Pick<Compared, 'entries'> & { readonly leaves: readonly Uint8Array[] | undefined } {
  const entries = bundle === undefined ? undefined : splitEntries(bundle);
  return { entries, leaves: tile === undefined ? entries?.map((entry) => leafHash(entry)) : splitTile(tile) };
}

function compared(entries: Compared['entries'], leaves: readonly Uint8Array[], first: number): Compared {
  return { entries, differences: entries === undefined ? [] : compareEntries(entries, leaves, first) };
}

function recordOf(index: number, hash: Uint8Array, entry: Uint8Array = new Uint8Array(0)): LeafRecord {
  return { index, hash, entry };
}

async function lowestTile(source: BundleSource, walk: Walk, { first, width }: Place): Promise<Uint8Array | undefined> {
  const path = tilePath(0, BigInt(first / TILE_WIDTH), width);
  const bytes = await source.read(path);
  const wrong = bytes === undefined ? 'bundle.file_missing' : bytes.length === width * hashBytes ? undefined : 'bundle.tile_malformed';
  if (wrong !== undefined || bytes === undefined) {
    walk.add({ code: wrong ?? 'bundle.file_missing', index: first, through: first + width - 1, path });
    return undefined;
  }
  walk.tiles += 1;
  return bytes;
}

function splitTile(tile: Uint8Array): readonly Uint8Array[] {
  return Array.from({ length: tile.length / hashBytes }, (_, at) => tile.subarray(at * hashBytes, (at + 1) * hashBytes));
}

async function readBundle(source: BundleSource, walk: Walk, { first, width }: Place): Promise<Uint8Array | undefined> {
  const path = entryBundlePath(BigInt(first / TILE_WIDTH), width);
  const bytes = await source.read(path);
  if (bytes === undefined) walk.add({ code: 'bundle.file_missing', index: first, through: first + width - 1, path });
  return bytes;
}

// As many as can be read: a bundle that was cut still shows where.
function splitEntries(bytes: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length && entries.length <= TILE_WIDTH;) {
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) break;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

function hashOr(entry: Uint8Array | undefined, hash: Uint8Array): Uint8Array {
  return entry === undefined ? hash : leafHash(entry);
}

type Compared = { readonly differences: readonly Difference[]; readonly entries: readonly Uint8Array[] | undefined };

/** The tree in the making, by the tiles; and from the first difference on a second one, by the entries. */
class Walk {
  readonly faults: BundleFault[] = [];
  tiles = 0;
  readonly #head: BundleHead;
  readonly #byTiles: TileWriter = tileWriter();
  #byEntries: TileWriter | undefined;
  readonly #differences: Difference[] = [];
  readonly #upper: BundleFault[] = [];
  #size = 0;
  #oldRoots: readonly Uint8Array[] = [];

  constructor(head: BundleHead) {
    this.#head = head;
  }

  add(fault: BundleFault): void {
    if (this.faults.length < limits.bundleFaultsMax) this.faults.push(fault);
  }

  hasFaults(): boolean {
    return this.faults.length > 0 || this.#differences.length > 0;
  }

  /**
   * Takes a tile whose entries are those that its hashes say. Answers false, and has done nothing, where it must be taken leaf by leaf:
   * the older tree ends in the middle of it, or two trees are in the making.
   */
  async pushTile(source: BundleSource, tile: Uint8Array): Promise<boolean> {
    const end = this.#size + tile.length / hashBytes;
    const since = this.#head.since === undefined ? -1 : Number(this.#head.since.size);
    if (this.#byEntries !== undefined || (since > this.#size && since < end)) return false;
    const tiles = this.#byTiles.pushRow(tile);
    this.#size = end;
    if (end === since) this.#oldRoots = [this.#byTiles.finish().root];
    for (const each of tiles) await this.#compareUpper(source, each);
    return true;
  }

  async push(source: BundleSource, leaves: readonly Uint8Array[], { differences, entries }: Compared): Promise<void> {
    if (differences.length > 0) this.#byEntries ??= tileWriter(this.#byTiles.finish());
    this.#differences.push(...differences.slice(0, Math.max(0, limits.bundleFaultsMax - this.#differences.length)));
    const mixed = this.#byEntries === undefined ? leaves : leaves.map((hash, at) => hashOr(entries?.[at], hash));
    const since = this.#head.since === undefined ? -1 : Number(this.#head.since.size);
    const cut = since > this.#size && since <= this.#size + leaves.length ? since - this.#size : leaves.length;
    const tiles = [...this.#byTiles.push(leaves.slice(0, cut))];
    this.#byEntries?.push(mixed.slice(0, cut));
    if (this.#size + cut === since)
      this.#oldRoots = [this.#byTiles, this.#byEntries].flatMap((writer) => (writer === undefined ? [] : [writer.finish().root]));
    tiles.push(...this.#byTiles.push(leaves.slice(cut)));
    this.#byEntries?.push(mixed.slice(cut));
    this.#size += leaves.length;
    for (const tile of tiles) await this.#compareUpper(source, tile);
  }

  async finish(source: BundleSource): Promise<void> {
    const end = this.#byTiles.finish();
    for (const tile of end.tiles) await this.#compareUpper(source, tile);
    const signed = this.#head.checkpoint.root;
    const byTiles = sameHash(end.root, signed);
    const byEntries = !byTiles && this.#byEntries !== undefined && sameHash(this.#byEntries.finish().root, signed);
    if (byTiles) for (const difference of this.#differences) this.add(difference.entry);
    else if (byEntries) for (const difference of this.#differences) this.add(difference.tile);
    else this.#addUnsigned();
    if (byTiles) for (const fault of this.#upper) this.add(fault);
    this.#addFork(byEntries);
  }

  // Neither side leads to the signed root: what can be said is where the sides disagree.
  #addUnsigned(): void {
    for (const difference of this.#differences) this.add(difference.entry);
    const [narrowest] = this.#differences.length > 0 ? [] : this.#upper;
    this.add({
      code: 'bundle.root_mismatch',
      index: null,
      path: 'checkpoint',
      ...(narrowest === undefined
        ? {}
        : { index: narrowest.index, ...(narrowest.through === undefined ? {} : { through: narrowest.through }), path: narrowest.path }),
    });
  }

  #addFork(byEntries: boolean): void {
    const { since } = this.#head;
    const root = byEntries ? (this.#oldRoots[1] ?? this.#oldRoots[0]) : this.#oldRoots[0];
    if (since === undefined || root === undefined || since.size >= this.#head.checkpoint.size || sameHash(root, since.root)) return;
    this.add({ code: 'bundle.forked', index: 0, through: Number(since.size) - 1, path: 'checkpoint' });
  }

  async #compareUpper(source: BundleSource, tile: Tile): Promise<void> {
    if (tile.level === 0) return;
    const path = tilePath(tile.level, tile.index, tile.width);
    const bytes = await source.read(path);
    const leavesBelow = TILE_WIDTH ** tile.level;
    const first = Number(tile.index) * TILE_WIDTH * leavesBelow;
    if (bytes === undefined) this.add({ code: 'bundle.file_missing', index: first, path });
    else if (bytes.length !== tile.bytes.length) this.add({ code: 'bundle.tile_malformed', index: first, path });
    else {
      this.tiles += 1;
      const at = bytes.findIndex((byte, place) => byte !== tile.bytes[place]);
      const from = first + Math.floor(at / hashBytes) * leavesBelow;
      if (at >= 0) this.#upper.push({ code: 'bundle.tile_altered', index: from, through: from + leavesBelow - 1, path });
    }
  }
}
