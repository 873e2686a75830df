import { z } from 'zod';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';
import type { TreeRow } from './open-tree-head.ts';
import { takeRun } from './take-run.ts';

const bytesSchema = z.instanceof(Uint8Array);
const treeSchema = z.object({ size: z.int(), edge: bytesSchema, root: bytesSchema, checkpoint: z.string() });
const placeSchema = z.object({ idx: z.int(), size: z.int(), entry: bytesSchema });

/** The newest leaf that a tenant has in the log of logs. `entry`: text of the checkpoint that it had then. */
export type LogsPlace = { readonly index: number; readonly size: number; readonly entry: Uint8Array };

/** The head of the log of logs; it is the same for every tenant. */
export async function findLogsHead(tx: TenantTx): Promise<TreeRow | undefined> {
  const rows = await tx.query(sql('audit.logs-head')`select size, edge, root, checkpoint from ops.logs_head()`);
  return rows[0] === undefined ? undefined : treeSchema.parse(rows[0]);
}

/** The tenant's own newest leaf, or nothing before its first. */
export async function findLogsPlace(tx: TenantTx): Promise<LogsPlace | undefined> {
  const rows = await tx.query(sql('audit.logs-place')`select idx, size, entry from ops.logs_place()`);
  if (rows[0] === undefined) return undefined;
  const { idx, size, entry } = placeSchema.parse(rows[0]);
  return { index: idx, size, entry };
}

/** Hashes of one level of tiles, without a gap, from an index on; level 0 are the leaves. */
export async function listLogsHashes(tx: TenantTx, level: number, range: { readonly from: number; readonly count: number }) {
  const rows = await tx.query(sql('audit.logs-hashes')`
    select idx, hash from ops.logs_hashes(${level}::integer, ${range.from}, ${range.count}::integer) order by idx`);
  return takeRun(rows, range.from);
}

/** Hashes of one level of the tenant's own log, without a gap, from an index on. */
export async function listHashes(tx: TenantTx, level: number, range: { readonly from: number; readonly count: number }) {
  const { tenantId } = tx.context;
  const end = range.from + range.count;
  const rows =
    level === 0
      ? await tx.query(sql('audit.leaf-hashes')`
          select idx, hash from app.audit_leaf where tenant_id = ${tenantId} and idx >= ${range.from} and idx < ${end} order by idx`)
      : await tx.query(sql('audit.node-hashes')`
          select idx, hash from app.audit_node
          where tenant_id = ${tenantId} and level = ${level} and idx >= ${range.from} and idx < ${end} order by idx`);
  return takeRun(rows, range.from);
}
