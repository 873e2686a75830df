import { type Result, err, ok } from '@lib/kernel';
import { type TlogErrorCode, formatTlogProof, proveInclusionByTiles } from '@lib/engine/tlog';
import type { TenantTx } from '@lib/guard/tenancy';
import { findEvent, findTreeWithin } from './audit-log.store.ts';
import { findLogsHead, findLogsPlace, listHashes, listLogsHashes } from './logs.store.ts';
import type { TreeRow } from './open-tree-head.ts';
import { type ListHashes, readStoredTile } from './read-stored-tile.ts';

/** An event that is in the log: its place, its bytes, its proof. */
export type EventProof = EntryProof & { readonly entry: Uint8Array; readonly leafHash: Uint8Array };

/**
 * Proves one event by its id under the newest checkpoint. Reads a handful of rows however long the log is.
 * Errors: `audit.event_not_found`, `audit.entry_not_placed`; `tlog.*` when the stored tree does not lead to its own root.
 */
export async function proveEvent(
  tx: TenantTx,
  eventId: string,
): Promise<Result<EventProof, ProofError | { readonly code: 'audit.event_not_found' }>> {
  const found = await findEvent(tx, eventId);
  if (found === undefined) return err({ code: 'audit.event_not_found' });
  if (found === 'waiting') return err({ code: 'audit.entry_not_placed' });
  const proof = await proveEntry(tx, found.idx);
  return proof.ok ? ok({ ...proof.value, entry: found.entry, leafHash: found.hash }) : proof;
}

/** `audit.entry_not_placed`: it waits for its place, or there is no such entry. `tlog.*`: the stored tree does not hold together. */
export type ProofError = { readonly code: 'audit.entry_not_placed' | TlogErrorCode };

/** One entry's proof. `text` is a `.tlog-proof` file (C2SP tlog-proof v1); it is checked with the log's key and the entry's bytes alone. */
export type EntryProof = { readonly index: number; readonly text: string };

/**
 * Proves one entry of the tenant's log under its newest checkpoint. Reads a handful of rows however long the log is.
 * Errors: `audit.entry_not_placed`; `tlog.*` when the stored tree does not lead to its own root.
 */
export async function proveEntry(tx: TenantTx, index: number): Promise<Result<EntryProof, ProofError>> {
  const tree = await findTreeWithin(tx);
  if (tree === undefined || !Number.isSafeInteger(index) || index < 0 || index >= tree.size) return err({ code: 'audit.entry_not_placed' });
  return proofOf(tree, index, (level, range) => listHashes(tx, level, range));
}

/** Where a checkpoint of the tenant stands in the log of logs. `entry`: the checkpoint's text, the bytes that `text` proves. */
export type LogsProof = EntryProof & { readonly entry: Uint8Array; readonly size: number };

/**
 * Proves the tenant's newest leaf in the log of logs: that the checkpoint of that size is counted there. It shows no other tenant's data.
 * Errors: `audit.entry_not_placed` before the first; `tlog.*` when the stored log of logs does not lead to its own root.
 */
export async function proveInLogOfLogs(tx: TenantTx): Promise<Result<LogsProof, ProofError>> {
  const [place, tree] = await Promise.all([findLogsPlace(tx), findLogsHead(tx)]);
  if (place === undefined || tree === undefined) return err({ code: 'audit.entry_not_placed' });
  const proof = await proofOf(tree, place.index, (level, range) => listLogsHashes(tx, level, range));
  return proof.ok ? ok({ ...proof.value, entry: place.entry, size: place.size }) : proof;
}

async function proofOf(tree: TreeRow, index: number, list: ListHashes): Promise<Result<EntryProof, ProofError>> {
  const head = { size: BigInt(tree.size), root: tree.root };
  const proved = await proveInclusionByTiles(head, BigInt(index), readStoredTile(list));
  if (!proved.ok) return proved;
  return ok({ index, text: formatTlogProof({ index: BigInt(index), proof: proved.value.proof, checkpoint: tree.checkpoint }) });
}
