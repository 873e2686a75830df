import type { ArchiveHazardCode, ArchiveRefusalCode, CoverageReason } from '@lib/contract';
import type { ArchiveBounds } from './archive-bounds.ts';
import { refusal, type ArchiveEntry, type ArchiveRefusal, type EntryKind } from './archive-entry.ts';
import { archiveTree, type ArchiveTree, type Placing, type TreeFile, type TreePlace } from './archive-tree.ts';
import { checkPath } from './check-path.ts';

/** What to do with the bytes of an entry: keep them and write their digest into `file`, pass over them, or give the archive up. */
export type Verdict =
  | { readonly outcome: 'store'; readonly file: TreeFile; readonly path: string }
  | { readonly outcome: 'skip' }
  | { readonly outcome: 'refuse'; readonly refusal: ArchiveRefusal };

/** What is told of an entry beside the tree. */
export type Leaving = { readonly path: string; readonly reason: CoverageReason; readonly detail?: string };

/** The judge of one archive. It sees every entry, in the order of the archive, before the entry's bytes. */
export type Admission = {
  readonly admit: (entry: ArchiveEntry) => Verdict;
  readonly tree: ArchiveTree;
};

const skip: Verdict = { outcome: 'skip' };
const history: ReadonlySet<string> = new Set(['.git', '.hg', '.svn']); // not the customer's source, and full of things that tools run

const refusedKinds: Readonly<Partial<Record<EntryKind, ArchiveRefusalCode>>> = {
  hard_link: 'ingest.archive_hard_link',
  device: 'ingest.archive_device',
  fifo: 'ingest.archive_fifo',
  socket: 'ingest.archive_socket',
  other: 'ingest.archive_entry_type',
};

/**
 * Judges entries one by one against every guard that can be decided from headers: kind, size, path, collisions, widths and counts.
 * Pure; `onLeaving` gets what is dropped or worth telling. Units: bytes. Source: CWE-22, CWE-59, CWE-409.
 */
export function admitEntries(bounds: ArchiveBounds, onLeaving: (leaving: Leaving) => void): Admission {
  const state: State = {
    bounds,
    onLeaving,
    tree: archiveTree({ widthMax: bounds.archiveFolderWidthMax, foldersMax: bounds.archiveFoldersMax }),
    entries: 0,
    bytes: 0,
    pathBytes: 0,
    leftOut: new Set(),
  };
  return { tree: state.tree, admit: (entry) => admit(state, entry) };
}

type State = {
  readonly bounds: ArchiveBounds;
  readonly onLeaving: (leaving: Leaving) => void;
  readonly tree: ArchiveTree;
  readonly leftOut: Set<string>;
  entries: number;
  bytes: number;
  pathBytes: number;
};

function admit(state: State, entry: ArchiveEntry): Verdict {
  state.entries += 1;
  state.bytes += entry.bytes;
  state.pathBytes += entry.name.byteLength;
  const path = checkPath(entry.name, state.bounds);
  if (path.outcome === 'refuse') return path;
  const shown = path.outcome === 'keep' ? path.segments.join('/') : path.shown;
  const refuse = (code: ArchiveRefusalCode): Verdict => ({ outcome: 'refuse', refusal: refusal(code, shown) });
  const limit = refusedKinds[entry.kind] ?? limitMet(state);
  if (limit !== undefined) return refuse(limit);
  if (path.outcome === 'drop') {
    state.onLeaving({ path: shown, reason: 'path_refused', detail: path.code });
    return skip;
  }
  if (isHistory(state, path.segments)) return skip;
  if (entry.bytes > state.bounds.archiveEntryBytesMax) return refuse('ingest.archive_entry_too_large');
  return keep(state, { entry, segments: path.segments, hazards: path.hazards });
}

type Kept = { readonly entry: ArchiveEntry; readonly segments: readonly string[]; readonly hazards: readonly ArchiveHazardCode[] };

function keep(state: State, { entry, segments, hazards }: Kept): Verdict {
  const shown = segments.join('/');
  const refuse = (code: ArchiveRefusalCode): Verdict => ({ outcome: 'refuse', refusal: refusal(code, shown) });
  const leaf = leafOf(entry, state.bounds);
  if (segments.length === 0) return leaf === undefined ? skip : refuse('ingest.archive_path_malformed');
  const { outcome } = state.tree.place(segments, leaf);
  const failed = placingRefusals[outcome];
  if (failed !== undefined) return refuse(failed);
  for (const detail of outcome === 'collides' ? [...hazards, collision] : hazards)
    state.onLeaving({ path: shown, reason: 'name_hazard', detail });
  return settle(state, { entry, leaf, shown });
}

const collision = 'ingest.archive_name_collision' satisfies ArchiveHazardCode;

// The names of all entries are held in memory, so their sum is bounded too.
function limitMet({ bounds, entries, pathBytes, bytes }: State): ArchiveRefusalCode | undefined {
  if (entries > bounds.archiveEntriesMax || pathBytes > bounds.manifestBytesMax) return 'ingest.archive_too_many_entries';
  return bytes > bounds.treeBytesMax ? 'ingest.archive_unpacked_too_large' : undefined;
}

const placingRefusals: Readonly<Record<Placing['outcome'], ArchiveRefusalCode | undefined>> = {
  placed: undefined,
  collides: undefined,
  duplicate: 'ingest.archive_duplicate_path',
  clash: 'ingest.archive_path_clash',
  through_link: 'ingest.archive_path_through_link',
  too_wide: 'ingest.archive_folder_too_wide',
  too_many_folders: 'ingest.archive_too_many_entries',
};

// Told once for each such folder, whatever is in it.
function isHistory(state: State, segments: readonly string[]): boolean {
  const at = segments.findIndex((name) => history.has(name));
  if (at < 0) return false;
  const path = segments.slice(0, at + 1).join('/');
  if (!state.leftOut.has(path)) {
    state.leftOut.add(path);
    state.onLeaving({ path, reason: 'left_out' });
  }
  return true;
}

function leafOf(entry: ArchiveEntry, bounds: ArchiveBounds): TreeFile | TreePlace | undefined {
  if (entry.kind === 'folder') return undefined;
  if (entry.kind === 'symlink') return { kind: 'symlink' };
  if (entry.kind === 'submodule' || entry.bytes > bounds.storedFileBytesMax) return { kind: 'not_stored' };
  return { kind: 'file', bytes: entry.bytes, sha256: '' };
}

type Settling = { readonly entry: ArchiveEntry; readonly leaf: TreeFile | TreePlace | undefined; readonly shown: string };

function settle(state: State, { entry, leaf, shown }: Settling): Verdict {
  if (leaf === undefined) return skip;
  if (leaf.kind === 'file') return { outcome: 'store', file: leaf, path: shown };
  const reason = leaf.kind === 'symlink' ? 'symlink_dropped' : entry.kind === 'submodule' ? 'submodule' : 'too_large';
  state.onLeaving({ path: shown, reason });
  return skip;
}
