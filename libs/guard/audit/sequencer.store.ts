import { z } from 'zod';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';
import type { TreeRow } from './open-tree-head.ts';

const bytesSchema = z.instanceof(Uint8Array);
const takenSchema = z.object({ entry: bytesSchema });
const treeSchema = z.object({ size: z.int(), edge: bytesSchema, root: bytesSchema, checkpoint: z.string() });
const heldSchema = z.object({ held: z.boolean() });

/** Leaves to write and the head that they lead to. */
export type Placement = TreeRow & {
  readonly firstIndex: number;
  readonly hashes: readonly Uint8Array[];
  readonly entries: readonly Uint8Array[];
};

/** Whether this epoch is the newest; if so, no other can begin before this transaction ends. */
export async function holdEpoch(tx: TenantTx, epoch: number): Promise<boolean> {
  const rows = await tx.query(sql('audit.hold-epoch')`select ops.hold_epoch(${epoch}) as held`);
  return heldSchema.parse(rows[0]).held;
}

/** Takes the oldest events out of the outbox, in order; a rollback puts them back. */
export async function takeFromOutbox(tx: TenantTx, entriesMax: number): Promise<readonly Uint8Array[]> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('audit.outbox-take')`
    with oldest as (select id from app.audit_outbox where tenant_id = ${tenantId} order by at, id limit ${entriesMax}),
    taken as (delete from app.audit_outbox o using oldest where o.tenant_id = ${tenantId} and o.id = oldest.id returning o.at, o.id, o.entry)
    select entry from taken order by at, id`);
  return rows.map((row) => takenSchema.parse(row).entry);
}

/** The tree as it stands, or nothing for a tenant whose log has not begun. */
export async function findTree(tx: TenantTx): Promise<TreeRow | undefined> {
  const rows = await tx.query(sql('audit.tree-find')`
    select size, edge, root, checkpoint from app.audit_tree where tenant_id = ${tx.context.tenantId}`);
  return rows[0] === undefined ? undefined : treeSchema.parse(rows[0]);
}

/** Writes the leaves. A place that is taken refuses the whole transaction. */
export async function addLeaves(tx: TenantTx, placement: Placement): Promise<void> {
  await tx.query(sql('audit.leaves-add')`
    insert into app.audit_leaf (tenant_id, idx, hash, entry)
    select ${tx.context.tenantId}, ${placement.firstIndex}::bigint + leaf.place - 1, leaf.hash, leaf.entry
    from unnest(${placement.hashes}::bytea[], ${placement.entries}::bytea[]) with ordinality as leaf (hash, entry, place)`);
}

/** Moves the head; answers false when it was not where the caller had read it. */
export async function moveHead(tx: TenantTx, placement: Placement): Promise<boolean> {
  const { size, edge, root, checkpoint, firstIndex } = placement;
  const rows = await tx.query(sql('audit.tree-move')`
    insert into app.audit_tree as tree (tenant_id, size, edge, root, checkpoint)
    values (${tx.context.tenantId}, ${size}, ${edge}, ${root}, ${checkpoint})
    on conflict (tenant_id) do update
    set size = excluded.size, edge = excluded.edge, root = excluded.root, checkpoint = excluded.checkpoint, updated_at = clock_timestamp()
    where tree.size = ${firstIndex}
    returning 1 as moved`);
  return rows.length === 1;
}

/** Gives the turn to the next tenant. */
export async function endTurn(tx: TenantTx, hasMore: boolean): Promise<void> {
  await tx.query(sql('audit.end-turn')`select ops.end_turn('audit', ${hasMore})`);
}
