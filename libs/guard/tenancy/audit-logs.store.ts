import { z } from 'zod';
import { tenantIdSchema } from '@lib/contract';
import { lendConnection, sql, type Database } from '@lib/platform/db';

const bytesSchema = z.instanceof(Uint8Array);
const movedSchema = z.object({ turn: z.int(), tenant_id: tenantIdSchema, size: z.int(), entry: bytesSchema });
const headSchema = z.object({ size: z.int(), edge: bytesSchema, root: bytesSchema, checkpoint: z.string() });
const leafSchema = z.object({ idx: z.int(), tenant_id: tenantIdSchema, size: z.int(), hash: bytesSchema, entry: bytesSchema });
const extendedSchema = z.object({ extended: z.boolean() });

/** A tenant checkpoint that waits to be taken up by the log of logs. `entry`: the checkpoint's signed text. */
export type MovedLog = z.infer<typeof movedSchema>;
/** Head of the log of logs as it is stored. */
export type LogsTree = z.infer<typeof headSchema>;
/** A leaf of the log of logs as it is stored. */
export type LogsLeaf = z.infer<typeof leafSchema>;

/** What `extendLogs` writes: all of it, or nothing. Hashes are hexadecimal. */
export type LogsExtension = {
  readonly epoch: number;
  readonly firstIndex: number;
  readonly leaves: readonly { readonly tenant: string; readonly size: number; readonly hash: string; readonly entry: string }[];
  readonly nodes: readonly { readonly level: number; readonly index: number; readonly hash: string }[];
  readonly head: { readonly size: number; readonly edge: string; readonly root: string; readonly checkpoint: string };
  /** The rows of `movedLogs` that are dealt with. */
  readonly turns: readonly number[];
};

/** Checkpoints that have moved, oldest first, at most 5,000. `aegis_audit` only, as everything here: the log of logs is no tenant's. */
export async function movedLogs(database: Database, rowsMax: number): Promise<readonly MovedLog[]> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('logs.moved')`select turn, tenant_id, size, entry from ops.moved_logs(${rowsMax})`),
  );
  return answer.rows.map((row) => movedSchema.parse(row));
}

/** The head of the log of logs, or nothing before its first leaf. */
export async function findLogsTree(database: Database): Promise<LogsTree | undefined> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('logs.head')`select size, edge, root, checkpoint from ops.logs_head()`),
  );
  return answer.rows[0] === undefined ? undefined : headSchema.parse(answer.rows[0]);
}

/** Writes leaves and head in one statement, under the fence; answers false when the epoch is not the newest or the head has moved. */
export async function extendLogs(database: Database, extension: LogsExtension): Promise<boolean> {
  const { epoch, firstIndex, turns } = extension;
  const [leaves, nodes, head] = [extension.leaves, extension.nodes, extension.head].map((part) => JSON.stringify(part));
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('logs.extend')`
      select ops.extend_logs(${epoch}, ${firstIndex}, ${leaves}::jsonb, ${nodes}::jsonb, ${head}::jsonb, ${turns}::bigint[]) as extended`),
  );
  return extendedSchema.parse(answer.rows[0]).extended;
}

/** Leaves of the log of logs in order from an index on, at most 1,000. */
export async function listLogsLeaves(database: Database, from: number, leavesMax: number): Promise<readonly LogsLeaf[]> {
  const answer = await lendConnection(database, (connection) =>
    connection.send(sql('logs.leaves')`select idx, tenant_id, size, hash, entry from ops.logs_leaves(${from}, ${leavesMax}) order by idx`),
  );
  return answer.rows.map((row) => leafSchema.parse(row));
}
