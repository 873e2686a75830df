import { TILE_WIDTH, entryBundlePath, leafHash, sameHash, tilePath } from '@lib/engine/tlog';
import { limits } from '@lib/contract';
import type { BundleFault } from './bundle-verdict.ts';

/** A place where an entry and its hash disagree, told both ways: the entry is wrong, or the tile is. */
export type Difference = { readonly entry: BundleFault; readonly tile: BundleFault };

/** Compares the entries of one bundle with the hashes of its tile; `first` is the index of the first. */
export function compareEntries(entries: readonly Uint8Array[], hashes: readonly Uint8Array[], first: number): readonly Difference[] {
  const bundle = BigInt(Math.floor(first / TILE_WIDTH));
  const [path, tile] = [entryBundlePath(bundle, hashes.length), tilePath(0, bundle, hashes.length)];
  const differences: Difference[] = [];
  const places = Math.max(entries.length, hashes.length);
  for (let at = 0; at < places && differences.length < limits.bundleFaultsMax; at += 1) {
    const entry = entries[at];
    const hash = entry === undefined ? undefined : leafHash(entry);
    const wanted = hashes[at];
    if (hash !== undefined && wanted !== undefined && sameHash(hash, wanted)) continue;
    const index = first + at;
    differences.push({
      entry: { ...judge(hash, hashes, first), index, path },
      tile: { code: 'bundle.tile_altered', index, path: tile },
    });
    // one entry too few or too many moves all that follow: the first place says it
    if (entries.length !== hashes.length) {
      const code = entries.length < hashes.length ? 'bundle.entry_missing' : 'bundle.entry_added';
      return [...differences.slice(0, -1), { entry: { code, index, path }, tile: { code: 'bundle.tile_altered', index, path: tile } }];
    }
  }
  return differences;
}

function judge(hash: Uint8Array | undefined, hashes: readonly Uint8Array[], first: number): Pick<BundleFault, 'code' | 'detail'> {
  if (hash === undefined) return { code: 'bundle.entry_missing' };
  const home = hashes.findIndex((other) => sameHash(other, hash));
  return home < 0 ? { code: 'bundle.entry_altered' } : { code: 'bundle.entry_misplaced', detail: `it is entry ${String(first + home)}` };
}
