import { TILE_WIDTH, type Tile, encodeEntryBundle, entryBundlePath, tilePath, tileWriter } from '@lib/engine/tlog';
import { assert } from '@lib/kernel';
import { z } from 'zod';
import {
  type ViewName,
  type ViewWriter,
  indexLine,
  indexPath,
  viewGroupLeaves,
  viewNames,
  viewPaths,
  viewWriter,
} from '../views/audit-view.ts';
import type { LeafRecord } from '../views/leaf-record.ts';
import type { BundlePlan } from './bundle-plan.ts';
import { isNarrow, matchesFilter } from './export-filter.ts';
import { tarHead, tarPadding } from './tar.ts';

/**
 * Bundles are made as a few streams side by side, one pass over the log for all of them. `tiles` is a stretch of a tar, headers and
 * all, because its files are many and small; every other stream is one file's bytes, whose header is written when its size is known.
 */
export const streams = ['tiles', 'index', ...viewNames] as const;
export type Stream = (typeof streams)[number];
export type StreamBytes = { readonly stream: Stream; readonly bytes: Uint8Array };

/** All that a writer must remember between two groups, as JSON: some hashes a level, and where groups of a table lie. */
export const writerStateSchema = z.object({
  size: z.int().min(0),
  tiles: z.array(z.object({ level: z.int().min(0), hashes: z.string() })),
  groups: z.array(z.array(z.int().min(0))),
  matched: z.int().min(0),
});
export type WriterState = z.infer<typeof writerStateSchema>;

export type BundleWriter = {
  /** Takes the next `viewGroupLeaves` leaves, or the last ones, in order. */
  readonly take: (leaves: readonly LeafRecord[]) => readonly StreamBytes[];
  /** The ends of the streams. The root is that of the leaves that were taken; it must be the signed one. */
  readonly finish: () => {
    readonly streams: readonly StreamBytes[];
    readonly root: Uint8Array;
    readonly size: number;
    readonly matched: number;
  };
  readonly state: () => WriterState;
};

/** Path of the file that a stream is, or nothing for the stretch of tar. */
export function streamPath(stream: Stream): string | undefined {
  if (stream === 'tiles') return undefined;
  return stream === 'index' ? indexPath : viewPaths[stream];
}

/** Starts a bundle, or takes one up again where `from` was told. */
export function bundleWriter(plan: BundlePlan, from?: WriterState): BundleWriter {
  const filtered = isNarrow(plan.filter);
  const tiles = tileWriter(from === undefined ? undefined : { size: BigInt(from.size), tiles: from.tiles.map(tileOf(from.size)) });
  const views = viewsOf(plan).map((name) => [name, viewWriter(name, name === 'parquet' ? from?.groups : [])] as const);
  let size = from?.size ?? 0;
  let matched = from?.matched ?? 0;
  const pack = (path: string, bytes: Uint8Array): Uint8Array => packFile(plan, path, bytes);
  return {
    take: (leaves) => {
      assert(
        size % viewGroupLeaves === 0 && leaves.length <= viewGroupLeaves && leaves[0]?.index === size,
        'leaves come in whole groups, in order',
      );
      const heads = size === 0 ? views.map(([stream, view]) => ({ stream, bytes: view.head })) : [];
      size += leaves.length;
      const rows = filtered ? leaves.filter(({ entry }) => matchesFilter(plan.filter, entry)) : leaves;
      matched += rows.length;
      const files = [...(filtered ? [] : entryBundles(leaves)), ...tiles.push(leaves.map(({ hash }) => hash)).map(fileOf)];
      return [
        { stream: 'tiles', bytes: Buffer.concat(files.map(([path, bytes]) => pack(path, bytes))) },
        ...(filtered ? [{ stream: 'index', bytes: Buffer.concat(rows.map(indexLine)) } as const] : []),
        ...heads,
        ...views.map(([stream, view]) => ({ stream, bytes: view.group(rows) })),
      ];
    },
    finish: () => {
      const end = tiles.finish();
      const heads = size === 0 ? views.map(([stream, view]) => ({ stream, bytes: view.head })) : [];
      const files = Buffer.concat(end.tiles.map(fileOf).map(([path, bytes]) => pack(path, bytes)));
      const tails = views.map(([stream, view]) => ({ stream, bytes: view.tail() }));
      return { streams: [{ stream: 'tiles', bytes: files }, ...heads, ...tails], root: end.root, size, matched };
    },
    state: () => ({
      size,
      tiles: tiles.finish().tiles.map(({ level, bytes }) => ({ level, hashes: Buffer.from(bytes).toString('base64') })),
      groups: groupsOf(views).map((group) => [...group]),
      matched,
    }),
  };
}

/** The views of a plan; a filtered export has the hashed bytes always, because it has no entry bundles. */
export function viewsOf(plan: Pick<BundlePlan, 'filter' | 'views'>): readonly ViewName[] {
  return isNarrow(plan.filter) ? [...new Set(['jsonl' as const, ...plan.views])] : plan.views;
}

/** A whole file as a stretch of tar. */
export function packFile(plan: Pick<BundlePlan, 'createdAtMs'>, path: string, bytes: Uint8Array): Uint8Array {
  const modifiedAt = Math.floor(plan.createdAtMs / 1000);
  return Buffer.concat([tarHead({ path, bytes: bytes.length, modifiedAt }), bytes, tarPadding(bytes.length)]);
}

type File = readonly [path: string, bytes: Uint8Array];

function entryBundles(leaves: readonly LeafRecord[]): readonly File[] {
  const files: File[] = [];
  for (let at = 0; at < leaves.length; at += TILE_WIDTH) {
    const part = leaves.slice(at, at + TILE_WIDTH);
    const index = BigInt(Math.floor((part[0]?.index ?? 0) / TILE_WIDTH));
    files.push([entryBundlePath(index, part.length), encodeEntryBundle(part.map(({ entry }) => entry))]);
  }
  return files;
}

function fileOf({ level, index, width, bytes }: Tile): File {
  return [tilePath(level, index, width), bytes];
}

function tileOf(size: number): (kept: { readonly level: number; readonly hashes: string }) => Tile {
  return ({ level, hashes }) => {
    const bytes = Buffer.from(hashes, 'base64');
    const index = BigInt(Math.floor(size / TILE_WIDTH ** (level + 1)));
    return { level, index, width: bytes.length / 32, bytes };
  };
}

function groupsOf(views: readonly (readonly [ViewName, ViewWriter])[]): readonly (readonly number[])[] {
  return views.flatMap(([, view]) => view.groups());
}
