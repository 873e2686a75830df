import { limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { edgeRoot, emptyEdge, encodeEdge, formatCheckpoint, growTree, leafHash, signNote } from '@lib/engine/tlog';
import type { Database } from '@lib/platform/db';
import { type LogsExtension, type MovedLog, extendLogs, findLogsTree, movedLogs } from '@lib/guard/tenancy';
import { type LogKeys, logsSigner } from './log-name.ts';
import { openTreeHead } from './open-tree-head.ts';

/** `database` is a pool of `aegis_audit`. */
export type LogsDeps = { readonly database: Database; readonly keys: LogKeys };

/**
 * Takes tenant checkpoints that have moved into the log of logs: a leaf for the newest of each tenant, and one signature over all.
 * The signature is made outside of any transaction; what is written is written in one statement, under the fence.
 * Answers how many leaves were added. Faults: `audit.fenced`, `audit.logs_tampered`, `audit.log_key_missing`.
 */
export async function extendLogOfLogs({ database, keys }: LogsDeps, epoch: number): Promise<number> {
  const moved = await movedLogs(database, limits.auditLogsBatchMax);
  if (moved.length === 0) return 0;
  const [tree, signer] = await Promise.all([findLogsTree(database), logsSigner(keys)]);
  const before = tree === undefined ? { ok: true as const, value: emptyEdge } : openTreeHead(tree, signer.key);
  if (!before.ok) throw new Fault('audit.logs_tampered', { internal: `the head of the log of logs: ${before.error.code}` });
  const newest = newestOfEach(moved);
  const { edge, nodes } = growTree(
    before.value,
    newest.map(({ entry }) => leafHash(entry)),
  );
  const root = edgeRoot(edge);
  const extension: LogsExtension = {
    epoch,
    firstIndex: Number(before.value.size),
    leaves: newest.map(({ tenant_id: tenant, size, entry }) => ({ tenant, size, hash: hex(leafHash(entry)), entry: hex(entry) })),
    nodes: nodes.map(({ level, index, hash }) => ({ level, index: Number(index), hash: hex(hash) })),
    head: {
      size: Number(edge.size),
      edge: hex(encodeEdge(edge)),
      root: hex(root),
      checkpoint: await signNote(formatCheckpoint({ origin: signer.key.name, size: edge.size, root }), signer),
    },
    turns: moved.map(({ turn }) => turn),
  };
  if (!(await extendLogs(database, extension)))
    throw new Fault('audit.fenced', { internal: 'another sequencer has extended the log of logs' });
  return newest.length;
}

function newestOfEach(moved: readonly MovedLog[]): readonly MovedLog[] {
  const newest = new Map<string, MovedLog>();
  for (const log of moved) {
    const known = newest.get(log.tenant_id);
    if (known === undefined || known.size < log.size) newest.set(log.tenant_id, log);
  }
  return [...newest.values()];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
