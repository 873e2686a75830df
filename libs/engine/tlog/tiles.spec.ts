import { describe, expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import {
  TILE_WIDTH,
  type Tile,
  appendLeaves,
  decodeEntryBundle,
  edgeRoot,
  emptyEdge,
  encodeEntryBundle,
  entryBundlePath,
  growTree,
  leafHash,
  merkleRoot,
  proveConsistencyByTiles,
  proveInclusion,
  proveInclusionByTiles,
  proveConsistency,
  tileOfBundle,
  tilePath,
  tileWriter,
} from './index.ts';

const leaves = Array.from({ length: 70_000 }, (_, index) => leafHash(Buffer.from(`entry ${String(index)}`)));

/** All files of the tree over the first `size` leaves, by path. */
function filesOf(size: number, step = 1000) {
  const files = new Map<string, Uint8Array>();
  const keep = (tiles: readonly Tile[]) => tiles.forEach((tile) => files.set(tilePath(tile.level, tile.index, tile.width), tile.bytes));
  const writer = tileWriter();
  for (let at = 0; at < size; at += step) keep(writer.push(leaves.slice(at, Math.min(at + step, size))));
  const end = writer.finish();
  keep(end.tiles);
  return { files, tree: { size: end.size, root: end.root }, read: (path: string) => Promise.resolve(files.get(path)) };
}
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
const treeOf = ({ size, root }: { size: bigint; root: Uint8Array }) => ({ size, root: hex(root) });
const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

describe('the tile of an entry bundle', () => {
  const someEntries = fc.array(fc.uint8Array({ maxLength: 600 }), { minLength: 1, maxLength: TILE_WIDTH });

  it('is_the_hash_of_each_entry_and_leaves_the_bundle_as_it_was', () => {
    fc.assert(
      fc.property(someEntries, (entries) => {
        const bundle = encodeEntryBundle(entries);
        expect(hex(tileOfBundle(bundle, entries.length))).toBe(hex(Buffer.concat(entries.map((entry) => leafHash(entry)))));
        expect(bundle).toEqual(encodeEntryBundle(entries));
      }),
      { numRuns: 30 },
    );
    const longest = Buffer.alloc(65_535, 7);
    expect(hex(tileOfBundle(encodeEntryBundle([longest]), 1))).toBe(hex(leafHash(longest)));
  });

  it('is_not_made_of_a_bundle_of_another_width_or_one_that_was_cut_or_went_on', () => {
    const bundle = encodeEntryBundle([Buffer.from('one'), Buffer.from('two'), Buffer.from('three')]);
    for (const width of [0, 1, 2, 4, 256]) expect(tileOfBundle(bundle, width)).toBeUndefined();
    for (let length = 0; length < bundle.length; length += 1) expect(tileOfBundle(bundle.subarray(0, length), 3)).toBeUndefined();
    expect(tileOfBundle(Buffer.concat([bundle, Buffer.of(0)]), 3)).toBeUndefined();
  });
});

describe('a writer that takes rows of hashes', () => {
  it('makes_the_same_tree_as_from_single_ones_whether_or_not_a_row_fills_a_tile', () => {
    for (const before of [0, 1, 255, 256, 65_400]) {
      const [single, rows] = [tileWriter(), tileWriter()];
      const tiles = [single, rows].map((writer) => [...writer.push(leaves.slice(0, before))]);
      for (const width of [256, 256, 3, 256]) {
        const next = leaves.slice(before, before + width);
        tiles[0]?.push(...single.push(next));
        tiles[1]?.push(...rows.pushRow(Buffer.concat(next)));
      }
      expect([tiles[1], rows.finish()]).toEqual([tiles[0], single.finish()]);
    }
  });
});

describe('a writer that was interrupted', () => {
  it('goes_on_from_what_it_had_finished_and_makes_the_same_tiles', () => {
    for (const cut of [0, 1, 255, 256, 257, 65_535, 65_536, 65_793]) {
      const before = tileWriter();
      before.push(leaves.slice(0, cut));
      const [one, other] = [before, tileWriter(before.finish())].map((writer) => ({
        full: writer.push(leaves.slice(cut, 66_000)),
        end: writer.finish(),
      }));
      expect(other).toEqual(one);
    }
  });

  it('refuses_to_go_on_from_tiles_that_do_not_fit_the_size', () => {
    const before = tileWriter();
    before.push(leaves.slice(0, 300));
    expect(() => tileWriter({ ...before.finish(), size: 301n })).toThrow('partial tiles');
  });
});

describe('paths', () => {
  it('are_those_of_the_specification', () => {
    expect(tilePath(0, 0n)).toBe('tile/0/000');
    expect(tilePath(1, 1_234_067n)).toBe('tile/1/x001/x234/067');
    expect(tilePath(2, 999n, 1)).toBe('tile/2/999.p/1');
    expect(tilePath(0, 1000n, 255)).toBe('tile/0/x001/000.p/255');
    expect(entryBundlePath(273n, 112)).toBe('tile/entries/273.p/112');
    expect(entryBundlePath(2n ** 55n)).toBe('tile/entries/x036/x028/x797/x018/x963/968');
  });

  it('of_tiles_that_cannot_be_are_refused', () => {
    for (const width of [0, 257, 1.5, Number.NaN]) expect(() => tilePath(0, 0n, width)).toThrow('1 to 256');
    for (const level of [-1, 64, 0.5]) expect(() => tilePath(level, 0n)).toThrow('0 to 63');
    expect(() => entryBundlePath(-1n)).toThrow('index');
  });
});

describe('entry bundles', () => {
  it('give_back_their_entries_the_empty_and_the_longest_included', () => {
    const entries = [new Uint8Array(), Buffer.from('x'), new Uint8Array(65_535).fill(7)];
    const bundle = encodeEntryBundle(entries);
    expect([...bundle.slice(0, 5)]).toEqual([0, 0, 0, 1, 120]);
    expect(valueOf(decodeEntryBundle(bundle)).map((entry) => Buffer.from(entry))).toEqual(entries.map((entry) => Buffer.from(entry)));
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 256 }), (any) => {
        // a bundle need not begin where its memory begins
        const padded = Buffer.concat([Buffer.from('pad'), encodeEntryBundle(any)]);
        expect(valueOf(decodeEntryBundle(padded.subarray(3))).map((entry) => [...entry])).toEqual(any.map((entry) => [...entry]));
      }),
    );
  });

  it('that_are_cut_short_empty_or_too_wide_are_refused_and_nothing_throws', () => {
    const bundle = encodeEntryBundle([Buffer.from('first'), Buffer.from('second')]);
    const refused = { ok: false, error: { code: 'tlog.bundle_malformed' } };
    for (let end = 0; end < bundle.length; end += 1) {
      if (end !== 7) expect(decodeEntryBundle(bundle.slice(0, end))).toEqual(refused);
    }
    const one = encodeEntryBundle([Buffer.from('x')]);
    expect(decodeEntryBundle(Buffer.concat(Array.from({ length: 257 }, () => one)))).toEqual(refused);
    expect(() => encodeEntryBundle([new Uint8Array(65_536)])).toThrow('16-bit');
    expect(() => encodeEntryBundle([])).toThrow('1 to 256');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const entries = decodeEntryBundle(bytes);
        expect(!entries.ok || Buffer.from(encodeEntryBundle(entries.value)).equals(bytes)).toBe(true);
      }),
    );
  });
});

describe('tiles', () => {
  it('of_70000_leaves_are_the_ones_that_the_specification_counts', () => {
    const { files, tree } = filesOf(70_000);
    const names = [...files.keys()];
    const of = (level: number) => names.filter((name) => name.startsWith(`tile/${level}/`));
    expect(of(0).filter((name) => !name.includes('.p/')).length).toBe(273);
    expect(names.filter((name) => name.includes('.p/'))).toEqual(['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']);
    expect(of(1)).toEqual(['tile/1/000', 'tile/1/001.p/17']);
    expect(names.length).toBe(273 + 1 + 3);
    expect(treeOf(tree)).toEqual({ size: 70_000n, root: hex(edgeRoot(appendLeaves(emptyEdge, leaves))) });
    const inner = files.get('tile/1/000') ?? new Uint8Array();
    expect(hex(inner.slice(32, 64))).toBe(hex(merkleRoot(leaves.slice(256, 512))));
  });

  it.each([0, 1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537])('of %d leaves lead to the root', (size) => {
    const { files, tree } = filesOf(size, 777);
    expect(treeOf(tree)).toEqual({ size: BigInt(size), root: hex(edgeRoot(appendLeaves(emptyEdge, leaves.slice(0, size)))) });
    for (const [path, bytes] of files) expect(bytes.length, path).toBe(32 * Number(/[.]p\/(\d+)$/u.exec(path)?.[1] ?? TILE_WIDTH));
  });

  it('are_the_same_from_entries_as_from_their_hashes', () => {
    const writer = tileWriter();
    const entries = Array.from({ length: 1000 }, (_, index) => Buffer.from(`entry ${String(index)}`));
    const full = writer.pushEntries(entries.slice(0, 700)).concat(writer.pushEntries(entries.slice(700)));
    const { files, tree } = filesOf(1000);
    const end = writer.finish();
    expect(treeOf(end)).toEqual(treeOf(tree));
    const all = [...full, ...end.tiles].map((tile) => [tilePath(tile.level, tile.index, tile.width), tile.bytes] as const);
    expect(new Map(all)).toEqual(files);
  });

  it('are_the_same_however_the_leaves_arrive_and_a_full_tile_never_changes', () => {
    const grown = tileWriter();
    const full = new Map<string, Uint8Array>();
    for (const size of [3, 256, 300, 1000]) {
      const before = Number(grown.finish().size);
      for (const tile of grown.push(leaves.slice(before, size))) {
        expect(full.has(tilePath(tile.level, tile.index))).toBe(false);
        full.set(tilePath(tile.level, tile.index), tile.bytes);
      }
      const { files, tree } = filesOf(size, 1);
      const end = grown.finish();
      expect(treeOf(end)).toEqual(treeOf(tree));
      const all = new Map([...full, ...end.tiles.map((tile) => [tilePath(tile.level, tile.index, tile.width), tile.bytes] as const)]);
      expect(all).toEqual(files);
    }
  });
});

describe('the growing edge', () => {
  it('gives_the_root_of_each_tile_that_fills_once_however_the_leaves_arrive', () => {
    const { files } = filesOf(66_000);
    for (const step of [1, 255, 256, 1000, 66_000]) {
      let edge = emptyEdge;
      const nodes: string[] = [];
      for (let at = 0; at < 66_000; at += step) {
        const grown = growTree(edge, leaves.slice(at, Math.min(at + step, 66_000)));
        edge = grown.edge;
        nodes.push(...grown.nodes.map((node) => `${String(node.level)}/${String(node.index)} ${hex(node.hash)}`));
      }
      const hashesOf = (path: string) => hex(files.get(path)).match(/.{64}/gu) ?? [];
      const wanted = [
        ...[...hashesOf('tile/1/000'), ...hashesOf('tile/1/001.p/1')].map((hash, index) => `1/${String(index)} ${hash}`),
        ...hashesOf('tile/2/000.p/1').map((hash) => `2/0 ${hash}`),
      ];
      expect(nodes.toSorted()).toEqual(wanted.toSorted());
    }
  });
});

describe('proofs out of tiles', () => {
  const log = filesOf(66_000);

  it('of_inclusion_are_those_made_from_all_leaves', async () => {
    const small = filesOf(1000);
    for (const index of [0, 1, 255, 256, 511, 512, 767, 768, 998, 999]) {
      const proved = valueOf(await proveInclusionByTiles(small.tree, BigInt(index), small.read));
      expect(proved.proof.map(hex)).toEqual(valueOf(proveInclusion(index, leaves.slice(0, 1000))).map(hex));
    }
    for (const index of [0n, 65_535n, 65_536n, 65_999n]) {
      const proved = valueOf(await proveInclusionByTiles(log.tree, index, log.read));
      expect(hex(proved.leaf)).toBe(hex(leaves[Number(index)]));
    }
  });

  it('of_consistency_are_those_made_from_all_leaves_and_tell_the_old_root', async () => {
    const small = filesOf(1000);
    for (const size of [1, 2, 255, 256, 257, 512, 600, 768, 999, 1000]) {
      const proved = valueOf(await proveConsistencyByTiles(small.tree, BigInt(size), small.read));
      expect(proved.proof.map(hex)).toEqual(valueOf(proveConsistency(size, leaves.slice(0, 1000))).map(hex));
      expect(hex(proved.firstRoot)).toBe(hex(merkleRoot(leaves.slice(0, size))));
    }
  });

  it('read_a_handful_of_tiles', async () => {
    let reads = 0;
    const read = (path: string) => ((reads += 1), log.read(path));
    await proveInclusionByTiles(log.tree, 40_000n, read);
    expect(reads).toBeLessThanOrEqual(5);
  });

  it('are_not_given_out_of_tiles_that_were_changed_are_missing_or_belong_to_another_tree', async () => {
    const other = filesOf(65_000);
    const wrong = { ok: false, error: { code: 'tlog.root_mismatch' } };
    expect(await proveInclusionByTiles({ ...log.tree, root: other.tree.root }, 5n, log.read)).toEqual(wrong);
    expect(await proveConsistencyByTiles({ ...log.tree, root: other.tree.root }, 5n, log.read)).toEqual(wrong);
    const touched = new Set<string>();
    await proveInclusionByTiles(log.tree, 40_000n, (path) => (touched.add(path), log.read(path)));
    for (const path of touched) {
      const without = await proveInclusionByTiles(log.tree, 40_000n, (each) =>
        each === path ? Promise.resolve(undefined) : log.read(each),
      );
      expect(without).toEqual({ ok: false, error: { code: 'tlog.tile_missing' } });
      const cut = await proveInclusionByTiles(log.tree, 40_000n, async (each) => (await log.read(each))?.subarray(each === path ? 1 : 0));
      expect(cut).toEqual({ ok: false, error: { code: 'tlog.tile_malformed' } });
      const changed = await proveInclusionByTiles(log.tree, 40_000n, async (each) => {
        const bytes = (await log.read(each))?.slice();
        return each === path ? bytes?.map((byte) => byte ^ 1) : bytes;
      });
      expect(changed).toEqual(wrong);
    }
  });

  it('past_the_end_of_the_tree_are_refused', async () => {
    for (const index of [-1n, 66_000n])
      expect(await proveInclusionByTiles(log.tree, index, log.read)).toEqual({ ok: false, error: { code: 'tlog.index_out_of_range' } });
    expect(await proveConsistencyByTiles(log.tree, 0n, log.read)).toEqual({ ok: false, error: { code: 'tlog.tree_empty' } });
    expect(await proveConsistencyByTiles(log.tree, 66_001n, log.read)).toEqual({ ok: false, error: { code: 'tlog.tree_shrunk' } });
  });
});
