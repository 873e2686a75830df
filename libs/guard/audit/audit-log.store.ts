import { z } from 'zod';
import { type AuditEntryView, auditEventSchema, sha256Schema } from '@lib/contract';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';
import { countPending, isWaiting } from './audit-outbox.store.ts';
import type { TreeRow } from './open-tree-head.ts';

const bytesSchema = z.instanceof(Uint8Array);
const leafSchema = z.object({ idx: z.int(), hash: bytesSchema, entry: bytesSchema });
const treeSchema = z.object({ size: z.int(), edge: bytesSchema, root: bytesSchema, checkpoint: z.string(), beyond: z.boolean() });

/** One leaf as it is stored. */
export type LeafRow = z.infer<typeof leafSchema>;

/** Head of a log: what its last checkpoint says, and how many committed events have no place yet. */
export type AuditHead = { readonly size: number; readonly root: string; readonly checkpoint: string; readonly pending: number };

/** Entries newest first. `before` is the index where the page before ended; absent for the first page. */
export async function listAuditEntries(
  tx: TenantTx,
  page: { readonly before?: number | undefined; readonly limit: number },
): Promise<readonly AuditEntryView[]> {
  const rows = await tx.query(sql('audit.list')`
    select idx, hash, entry from app.audit_leaf
    where tenant_id = ${tx.context.tenantId} and idx < coalesce(${page.before ?? null}::bigint, 9223372036854775807)
    order by idx desc limit ${page.limit}`);
  return rows.map((row) => {
    const { idx, hash, entry } = leafSchema.parse(row);
    const event = auditEventSchema.parse(JSON.parse(Buffer.from(entry).toString('utf8')));
    return { index: idx, leafHash: sha256Schema.parse(Buffer.from(hash).toString('hex')), event };
  });
}

/** The head of the tenant's log, or nothing when no event has been placed yet. */
export async function findAuditHead(tx: TenantTx): Promise<AuditHead | undefined> {
  const [tree, pending] = await Promise.all([findTreeWithin(tx), countPending(tx)]);
  if (tree === undefined) return undefined;
  return { size: tree.size, root: Buffer.from(tree.root).toString('hex'), checkpoint: tree.checkpoint, pending };
}

/** The tree, and whether a leaf stands beyond its size, which no writer of ours leaves behind. */
export async function findTreeWithin(tx: TenantTx): Promise<(TreeRow & { readonly beyond: boolean }) | undefined> {
  const rows = await tx.query(sql('audit.tree-within')`
    select size, edge, root, checkpoint,
      exists (select from app.audit_leaf leaf where leaf.tenant_id = tree.tenant_id and leaf.idx >= tree.size) as beyond
    from app.audit_tree tree where tenant_id = ${tx.context.tenantId}`);
  return rows[0] === undefined ? undefined : treeSchema.parse(rows[0]);
}

/** Leaves in order from an index on. */
export async function listLeaves(tx: TenantTx, from: number, leavesMax: number): Promise<readonly LeafRow[]> {
  const rows = await tx.query(sql('audit.leaves')`
    select idx, hash, entry from app.audit_leaf
    where tenant_id = ${tx.context.tenantId} and idx >= ${from} order by idx limit ${leavesMax}`);
  return rows.map((row) => leafSchema.parse(row));
}

/** Where an event is: its leaf, `waiting` while it is committed and has no place yet, or nothing. */
export async function findEvent(tx: TenantTx, eventId: string): Promise<LeafRow | 'waiting' | undefined> {
  const { tenantId } = tx.context;
  const leaf = sql('audit.event-leaf')`
    select idx, hash, entry from app.audit_leaf where tenant_id = ${tenantId} and event_id = ${eventId}`;
  // the outbox is asked first: an event that moves between the two answers is seen in its place
  const [waiting, placed] = await Promise.all([isWaiting(tx, eventId), tx.query(leaf)]);
  if (placed[0] !== undefined) return leafSchema.parse(placed[0]);
  return waiting ? 'waiting' : undefined;
}

/** Whether any leaf exists; asked only when there is no tree. */
export async function hasLeaves(tx: TenantTx): Promise<boolean> {
  return (await listLeaves(tx, 0, 1)).length > 0;
}
