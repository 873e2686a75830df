import { type TenantId, limits } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { type RightEdge, edgeRoot, emptyEdge, encodeEdge, formatCheckpoint, growTree, leafHash, signNote } from '@lib/engine/tlog';
import type { Tenancy, TenantTx, Turn } from '@lib/guard/tenancy';
import { type LogKeys, logSigner } from './log-name.ts';
import { openTreeHead } from './open-tree-head.ts';
import {
  type Placement,
  type WaitingEvent,
  addLeaves,
  addNodes,
  announceHead,
  endTurn,
  findTree,
  holdEpoch,
  moveHead,
  takeFromOutbox,
} from './sequencer.store.ts';

export type SequenceDeps = { readonly tenancy: Tenancy; readonly keys: LogKeys };
export type SequenceOutcome = { readonly placed: number; readonly more: boolean };

/**
 * Gives the oldest waiting events of one tenant their places: outbox rows out, leaves, edge, root and signed checkpoint in, in one
 * transaction under the fence. Abandoned anywhere, it has done nothing.
 * Faults: `audit.fenced` (another sequencer has taken over), `audit.tree_tampered`, `audit.log_key_missing`.
 */
export function sequenceTenant(deps: SequenceDeps, turn: Turn & { readonly epoch: number }): Promise<SequenceOutcome> {
  const context = { tenantId: turn.tenantId, actor: { type: 'system', id: 'audit-sequencer' }, pass: turn.pass } as const;
  return deps.tenancy.withTenant(context, 'audit.sequence', async (tx) => {
    // sent together, run in this order: the fence is held before the rest looks at anything
    const [held, events, tree] = await Promise.all([holdEpoch(tx, turn.epoch), takeFromOutbox(tx, limits.auditBatchMax), findTree(tx)]);
    if (!held) throw new Fault('audit.fenced', { internal: `epoch ${turn.epoch} is not the newest` });
    const more = events.length === limits.auditBatchMax;
    if (events.length > 0) await place(tx, deps.keys, { events, tree });
    await endTurn(tx, more);
    return { placed: events.length, more };
  });
}

type Batch = { readonly events: readonly WaitingEvent[]; readonly tree: Awaited<ReturnType<typeof findTree>> };

async function place(tx: TenantTx, keys: LogKeys, { events, tree }: Batch): Promise<void> {
  const { tenantId } = tx.context;
  const signer = await logSigner(keys, tenantId);
  const before = tree === undefined ? emptyEdge : headOf(tenantId, openTreeHead(tree, signer.key));
  const hashes = events.map(({ entry }) => leafHash(entry));
  const { edge, nodes } = growTree(before, hashes);
  const root = edgeRoot(edge);
  const text = formatCheckpoint({ origin: signer.key.name, size: edge.size, root });
  const checkpoint = await signNote(text, signer);
  const [firstIndex, size] = [Number(before.size), Number(edge.size)];
  const placement: Placement = { firstIndex, hashes, events, nodes, size, edge: encodeEdge(edge), root, checkpoint };
  const [, , moved] = await Promise.all([
    addLeaves(tx, placement),
    addNodes(tx, nodes),
    moveHead(tx, placement),
    announceHead(tx, size, text),
  ]);
  if (!moved) throw new Fault('audit.tree_moved', { internal: `tenant \`${tenantId}\`: the head was not at ${firstIndex}` });
}

function headOf(tenantId: TenantId, head: ReturnType<typeof openTreeHead>): RightEdge {
  if (head.ok) return head.value;
  throw new Fault('audit.tree_tampered', { internal: `tenant \`${tenantId}\`: ${head.error.code}; run the verification` });
}
