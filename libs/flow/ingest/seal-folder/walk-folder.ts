import { Buffer } from 'node:buffer';
import { constants, type Dirent } from 'node:fs';
import { open, opendir, type FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { codeOf } from './code-of.ts';
import type { LeaveOuts } from './leave-outs.ts';
import type { SealLimits } from './seal-limits.ts';

/** Why a walk ended early. */
export type WalkStop = 'ingest.too_many_files' | 'ingest.tree_too_large' | 'ingest.folder_unreadable' | 'ingest.cancelled';

/** What a walk needs: its bounds, where to put what it leaves out, and what to do with each open regular file. */
export type WalkPlan = {
  readonly bounds: SealLimits;
  readonly left: LeaveOuts;
  readonly isCancelled: () => boolean;
  readonly onFile: (path: string, handle: FileHandle, size: number) => Promise<WalkStop | undefined>;
};

// Not the customer's source: history, installed packages, virtual environments. A file of that name (a worktree's `.git`) is left out too.
const leftOutNames: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', 'node_modules', '.venv']);
const filesInFlight = 16; // open files and buffers at one time: 16 x storedFileBytesMax is the memory bound
const entriesPerRead = 256; // names asked of the system at a time
const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK; // non-blocking: a FIFO must not hold us

/**
 * Visits every regular file below a folder, depth first. A folder is entered by its descriptor, so that one swapped for a link
 * meanwhile is not followed. Answers why it stopped early, or undefined.
 */
export async function walkFolder(root: string, plan: WalkPlan): Promise<WalkStop | undefined> {
  const state: WalkState = {
    plan,
    entries: 0,
    stop: undefined,
    failure: undefined,
    running: new Set(),
    utf8: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  };
  const handle = await openFolder(Buffer.from(root), 0).catch((error: unknown) => {
    if (['EACCES', 'EPERM'].includes(codeOf(error))) return undefined;
    throw error;
  });
  if (handle === undefined) return 'ingest.folder_unreadable';
  await visitFolder(state, { handle, place: Buffer.from(root), path: '', depth: 0 });
  if (state.failure !== undefined) throw state.failure.error;
  return state.stop;
}

type WalkState = {
  readonly plan: WalkPlan;
  readonly utf8: TextDecoder;
  readonly running: Set<Promise<void>>;
  entries: number;
  stop: WalkStop | undefined;
  failure: { readonly error: unknown } | undefined;
};

type Folder = { readonly handle: FileHandle; readonly place: Buffer; readonly path: string; readonly depth: number };
type Entry = { readonly name: Buffer; readonly path: string };

// `O_NOFOLLOW` on the root itself would refuse `aegis scan ./link`: whoever names a folder may name it by a link.
function openFolder(place: Buffer, depth: number): Promise<FileHandle> {
  return open(place, depth === 0 ? constants.O_RDONLY | constants.O_DIRECTORY : folderFlags);
}

async function visitFolder(state: WalkState, folder: Folder): Promise<void> {
  const inside = process.platform === 'linux' ? Buffer.from(`/proc/self/fd/${String(folder.handle.fd)}`) : folder.place;
  try {
    const below = await visitEntries(state, folder, inside);
    await Promise.all(state.running); // they hold paths through this folder's descriptor
    for (const entry of below) {
      if (state.stop !== undefined) return;
      await enter(state, folder, { ...entry, inside });
    }
  } finally {
    await Promise.all(state.running);
    await folder.handle.close();
  }
}

async function visitEntries(state: WalkState, folder: Folder, inside: Buffer): Promise<readonly Entry[]> {
  const { plan } = state;
  const below: Entry[] = [];
  const listing = await opendir(inside, { encoding: 'latin1', bufferSize: entriesPerRead }).catch(() => undefined);
  if (listing === undefined) {
    plan.left.add(folder.path === '' ? '.' : folder.path, 'unreadable');
    return below;
  }
  for await (const entry of listing) {
    const name = Buffer.from(entry.name, 'latin1'); // the bytes as they are: a name need not be UTF-8
    const kind = kindOf(entry);
    if (mustStop(state)) break;
    const path = acceptablePath(state, folder, name);
    if (path === undefined) continue;
    if (kind === 'folder') below.push({ name, path });
    else if (kind === 'file') await startFile(state, joinBytes(inside, name), path);
    else plan.left.add(path, kind === 'link' ? 'symlink_dropped' : 'special_file_dropped');
  }
  return below;
}

// Counts an entry, and says whether it is one too many.
function mustStop(state: WalkState): boolean {
  state.entries += 1;
  if (state.entries > state.plan.bounds.treeEntriesMax) state.stop ??= 'ingest.too_many_files';
  if (state.plan.isCancelled()) state.stop ??= 'ingest.cancelled';
  return state.stop !== undefined;
}

type Kind = 'file' | 'folder' | 'link' | 'special';

function kindOf(entry: Dirent): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'special';
}

// A name that is no path we can keep, and a folder that is not source, end here.
function acceptablePath(state: WalkState, folder: Folder, name: Buffer): string | undefined {
  const { bounds, left } = state.plan;
  const text = decodeName(state.utf8, name);
  const shown = text ?? name.toString('latin1');
  const path = folder.path === '' ? shown : `${folder.path}/${shown}`;
  if (leftOutNames.has(shown)) left.add(path, 'left_out');
  else if (text === undefined || name.byteLength > bounds.nameBytesMax || Buffer.byteLength(path) > bounds.pathBytesMax) {
    left.add(path, 'path_refused');
  } else return path;
  return undefined;
}

function decodeName(utf8: TextDecoder, name: Buffer): string | undefined {
  try {
    return utf8.decode(name);
  } catch {
    return undefined;
  }
}

async function startFile(state: WalkState, place: Buffer, path: string): Promise<void> {
  const task = visitFile(state, place, path)
    .catch((error: unknown) => {
      state.failure ??= { error }; // thrown when the walk is over, once every descriptor is closed
      state.stop ??= 'ingest.cancelled';
    })
    .finally(() => state.running.delete(task));
  state.running.add(task);
  if (state.running.size >= filesInFlight) await Promise.race(state.running);
}

async function visitFile(state: WalkState, place: Buffer, path: string): Promise<void> {
  const handle = await open(place, fileFlags).catch((error: unknown) => leaveOut(state, path, error));
  if (handle === undefined) return;
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) {
      state.plan.left.add(path, 'special_file_dropped'); // swapped since it was listed
      return;
    }
    const stop = await state.plan.onFile(path, handle, facts.size);
    state.stop ??= stop;
  } finally {
    await handle.close();
  }
}

async function enter(state: WalkState, folder: Folder, entry: Entry & { readonly inside: Buffer }): Promise<void> {
  if (folder.depth + 1 > state.plan.bounds.treeDepthMax) {
    state.plan.left.add(entry.path, 'path_refused');
    return;
  }
  const place = joinBytes(entry.inside, entry.name);
  const handle = await openFolder(place, folder.depth + 1).catch((error: unknown) => leaveOut(state, entry.path, error));
  if (handle !== undefined) await visitFolder(state, { handle, place, path: entry.path, depth: folder.depth + 1 });
}

// What vanished is simply not there any more; what became a link is a link; what may not be read is said.
function leaveOut(state: WalkState, path: string, error: unknown): undefined {
  const code = codeOf(error);
  if (code === 'ENOENT') return undefined;
  if (code === 'ELOOP' || code === 'EMLINK' || code === 'ENOTDIR') state.plan.left.add(path, 'symlink_dropped');
  else if (code === 'ENXIO' || code === 'ENODEV' || code === 'EOPNOTSUPP') state.plan.left.add(path, 'special_file_dropped');
  else if (code === 'EACCES' || code === 'EPERM' || code === 'EIO') state.plan.left.add(path, 'unreadable');
  else throw error;
  return undefined;
}

function joinBytes(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
