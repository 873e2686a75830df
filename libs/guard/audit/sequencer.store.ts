import { z } from 'zod';
import { limits } from '@lib/contract';
import type { TileNode } from '@lib/engine/tlog';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';
import type { TreeRow } from './open-tree-head.ts';

const bytesSchema = z.instanceof(Uint8Array);
const takenSchema = z.object({ id: z.uuid(), entry: bytesSchema });
const treeSchema = z.object({ size: z.int(), edge: bytesSchema, root: bytesSchema, checkpoint: z.string() });
const heldSchema = z.object({ held: z.boolean() });

/** An event on its way from the outbox into the log. */
export type WaitingEvent = z.infer<typeof takenSchema>;

/** Leaves to write and the head that they lead to. */
export type Placement = TreeRow & {
  readonly firstIndex: number;
  readonly hashes: readonly Uint8Array[];
  readonly events: readonly WaitingEvent[];
  readonly nodes: readonly TileNode[];
};

/** Whether this epoch is the newest; if so, no other can begin before this transaction ends. */
export async function holdEpoch(tx: TenantTx, epoch: number): Promise<boolean> {
  const rows = await tx.query(sql('audit.hold-epoch')`select ops.hold_epoch(${epoch}) as held`);
  return heldSchema.parse(rows[0]).held;
}

/**
 * Takes the oldest events out of the outbox, in order, as many as fit into a batch; a rollback puts them back. A tenant who wants
 * witnesses gets no more leaves than the log may be ahead of them. Ids are made in order of time: a clock that jumps changes which event
 * comes first, and never whether it comes.
 */
export async function takeFromOutbox(tx: TenantTx, eventsMax: number): Promise<readonly WaitingEvent[]> {
  const { tenantId } = tx.context;
  const rows = await tx.query(sql('audit.outbox-take')`
    with best as (
      select max(c.size) as size, row_number() over (order by max(c.size) desc) as place
      from app.audit_cosignature c where c.tenant_id = ${tenantId} group by c.witness_id),
    room as (
      select greatest(0, s.unwitnessed_max + coalesce((select b.size from best b where b.place = s.witnesses_min), 0)
        - coalesce((select t.size from app.audit_tree t where t.tenant_id = ${tenantId}), 0)) as leaves
      from app.audit_setting s where s.tenant_id = ${tenantId}),
    oldest as (
      select o.id, sum(length(o.entry)) over (order by o.id) as bytes
      from (select id, entry from app.audit_outbox where tenant_id = ${tenantId} order by id
        limit least(${eventsMax}::bigint, (select leaves from room))) o),
    taken as (
      delete from app.audit_outbox o using oldest
      where o.tenant_id = ${tenantId} and o.id = oldest.id and oldest.bytes <= ${limits.auditBatchBytesMax} returning o.id, o.entry)
    select id, entry from taken order by id`);
  return rows.map((row) => takenSchema.parse(row));
}

/** The tree as it stands, or nothing for a tenant whose log has not begun. */
export async function findTree(tx: TenantTx): Promise<TreeRow | undefined> {
  const rows = await tx.query(sql('audit.tree-find')`
    select size, edge, root, checkpoint from app.audit_tree where tenant_id = ${tx.context.tenantId}`);
  return rows[0] === undefined ? undefined : treeSchema.parse(rows[0]);
}

/** Writes the leaves. A place that is taken, or an event that has one already, refuses the whole transaction. */
export async function addLeaves(tx: TenantTx, { firstIndex, hashes, events }: Placement): Promise<void> {
  const [ids, entries] = [events.map(({ id }) => id), events.map(({ entry }) => entry)];
  await tx.query(sql('audit.leaves-add')`
    insert into app.audit_leaf (tenant_id, idx, hash, entry, event_id)
    select ${tx.context.tenantId}, ${firstIndex}::bigint + leaf.place - 1, leaf.hash, leaf.entry, leaf.id
    from unnest(${hashes}::bytea[], ${entries}::bytea[], ${ids}::uuid[]) with ordinality as leaf (hash, entry, id, place)`);
}

/** Writes the roots of the tiles that these leaves filled. */
export async function addNodes(tx: TenantTx, nodes: readonly TileNode[]): Promise<void> {
  if (nodes.length === 0) return;
  const [levels, indexes] = [nodes.map(({ level }) => level), nodes.map(({ index }) => String(index))];
  const hashes = nodes.map(({ hash }) => hash);
  await tx.query(sql('audit.nodes-add')`
    insert into app.audit_node (tenant_id, level, idx, hash)
    select ${tx.context.tenantId}, node.level, node.idx, node.hash
    from unnest(${levels}::smallint[], ${indexes}::bigint[], ${hashes}::bytea[]) as node (level, idx, hash)`);
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

/** Tells the log of logs of the new checkpoint, and the witnesses and streams where there are any; in the transaction that moves the head. */
export async function announceHead(tx: TenantTx, size: number, text: string): Promise<void> {
  await tx.query(sql('audit.announce')`
    select ops.note_moved(${size}, convert_to(${text}, 'UTF8')),
      (select ops.mark_ready('witness') from app.audit_witness w where w.tenant_id = ${tx.context.tenantId} limit 1),
      (select ops.mark_ready('stream') from app.audit_sink s where s.tenant_id = ${tx.context.tenantId} limit 1)`);
}

/** Gives the turn to the next tenant. */
export async function endTurn(tx: TenantTx, hasMore: boolean): Promise<void> {
  await tx.query(sql('audit.end-turn')`select ops.end_turn('audit', ${hasMore})`);
}
