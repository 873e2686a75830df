import type { AuditHeadView, AuditLeafView } from '@lib/contract';
import { GrowingTree, leafHash, toHex } from './growing-tree.ts';
import { openCheckpoint, type Checkpoint, type NoteFault } from './open-checkpoint.ts';

/** A checkpoint that was kept, and the key that it was kept under. */
export type KeptCheckpoint = { readonly checkpoint: string; readonly verifierKey: string };

/**
 * Why a log is not believed. `rolled_back`: it is shorter than it was. `split_view`: another root at the same size. `forked`: what was
 * there has been rewritten. `key_changed`: it is signed by another key. `too_long`: a browser is not the place; take an export.
 */
export type LogFault =
  NoteFault | 'rolled_back' | 'split_view' | 'forked' | 'key_changed' | 'entry_missing' | 'entry_altered' | 'root_mismatch' | 'too_long';

export type LogVerdict =
  | { readonly ok: true; readonly size: number; readonly root: string; readonly extends: readonly number[] }
  | { readonly ok: false; readonly code: LogFault; readonly index: number | null };

/** What is checked. `kept`: what this browser remembers, and what its user pasted. */
export type LogQuestion = { readonly head: Pick<AuditHeadView, 'checkpoint' | 'verifierKey'>; readonly kept: readonly KeptCheckpoint[] };

/** `readPage` answers entries from an index on, as the server gives them; none of it is believed. */
export type LogSource = {
  readonly readPage: (from: number) => Promise<readonly AuditLeafView[]>;
  readonly onProgress: (done: number, size: number) => void;
};

const entriesMax = 200_000; // some 100 MB of answers

/** Compares a signed head with what was kept, without reading the log: what can be seen at a glance. */
export async function compareHead(question: LogQuestion): Promise<LogVerdict> {
  const opened = await openAll(question);
  return 'code' in opened ? opened : { ok: true, size: opened.head.size, root: opened.head.root, extends: [] };
}

/**
 * Hashes every entry again, makes the root, compares it with the signed one, and every kept checkpoint with the root that the log had
 * at its size. Names the first entry at fault.
 */
export async function checkLog(question: LogQuestion, source: LogSource): Promise<LogVerdict> {
  const opened = await openAll(question);
  if ('code' in opened) return opened;
  const { head, kept } = opened;
  if (head.size > entriesMax) return refused('too_long');
  const tree = new GrowingTree();
  const stops = [...new Set([...kept.map(({ size }) => size), head.size])].toSorted((a, b) => a - b);
  for (const stop of stops) {
    const fault = await growTo(tree, stop, { ...source, onProgress: (done) => source.onProgress(done, head.size) });
    if (fault !== undefined) return fault;
    const root = toHex(await tree.root());
    if (kept.some((checkpoint) => checkpoint.size === stop && checkpoint.root !== root)) return refused('forked');
  }
  if (toHex(await tree.root()) !== head.root) return refused('root_mismatch');
  return { ok: true, size: head.size, root: head.root, extends: kept.map(({ size }) => size) };
}

async function growTo(tree: GrowingTree, stop: number, source: LogSource): Promise<LogVerdict | undefined> {
  while (tree.size() < stop) {
    const from = tree.size();
    const items = (await source.readPage(from)).slice(0, stop - from);
    if (items.length === 0) return refused('entry_missing', from);
    const hashes = await Promise.all(items.map(({ entry }) => leafHash(new TextEncoder().encode(entry))));
    for (const [at, item] of items.entries()) {
      const hash = hashes[at];
      if (item.index !== from + at) return refused('entry_missing', from + at);
      if (hash === undefined || toHex(hash) !== item.leafHash) return refused('entry_altered', item.index);
    }
    await tree.append(hashes);
    source.onProgress(tree.size(), stop);
  }
  return undefined;
}

type Opened = { readonly head: Checkpoint; readonly kept: readonly Checkpoint[] };

async function openAll({ head, kept }: LogQuestion): Promise<Opened | Extract<LogVerdict, { ok: false }>> {
  if (kept.some(({ verifierKey }) => verifierKey.trim() !== head.verifierKey)) return refused('key_changed');
  const older: Checkpoint[] = [];
  for (const { checkpoint, verifierKey } of kept) {
    const opened = await openCheckpoint(checkpoint, verifierKey);
    if (typeof opened === 'string') return refused(opened);
    older.push(opened);
  }
  // a log without a checkpoint is one that somebody has emptied, if there ever was one
  if (head.checkpoint === '' && older.length > 0) return refused('rolled_back');
  const opened = await openCheckpoint(head.checkpoint, head.verifierKey);
  if (typeof opened === 'string') return refused(opened);
  if (older.some(({ size }) => size > opened.size)) return refused('rolled_back');
  if (older.some(({ size, root }) => size === opened.size && root !== opened.root)) return refused('split_view');
  return { head: opened, kept: older };
}

function refused(code: LogFault, index: number | null = null): Extract<LogVerdict, { ok: false }> {
  return { ok: false, code, index };
}
