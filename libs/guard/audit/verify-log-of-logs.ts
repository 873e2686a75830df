import { type TenantId, type TenantPass, limits } from '@lib/contract';
import { appendLeaves, edgeRoot, emptyEdge, leafHash, parseCheckpoint, proveConsistencyByTiles, sameHash } from '@lib/engine/tlog';
import { type Tenancy, findLogsTree, listLogsLeaves } from '@lib/guard/tenancy';
import { findTreeWithin } from './audit-log.store.ts';
import type { LogsDeps } from './extend-log-of-logs.ts';
import { logOrigin, logVerifierKey, logsVerifierKey } from './log-name.ts';
import { listHashes } from './logs.store.ts';
import { openTreeHead } from './open-tree-head.ts';
import { readStoredTile } from './read-stored-tile.ts';

/**
 * What is wrong with one tenant's log, seen from the log of logs: gone, shorter than it was, another history under the same name, or
 * (`audit.log_broken`) not even one that leads to its own signed root; its verification says where.
 * `audit.logs_*`: the log of logs itself does not hold.
 */
export type LogsReason =
  | 'audit.log_dropped'
  | 'audit.log_rolled_back'
  | 'audit.log_forked'
  | 'audit.log_broken'
  | 'audit.logs_leaf_altered'
  | 'audit.logs_order'
  | 'audit.logs_root_mismatch'
  | 'audit.logs_head_invalid'
  | 'audit.logs_missing';

/** `index` is the leaf of the log of logs that a failure is seen at. */
export type LogsFailure = { readonly reason: LogsReason; readonly index: number | null; readonly tenantId: TenantId | null };

/** `logs`: how many tenants' logs it counts. */
export type LogsVerdict = { readonly ok: boolean; readonly size: number; readonly logs: number; readonly failures: readonly LogsFailure[] };

/** `passOf`: the operator's right to look at every log. */
export type VerifyLogsDeps = LogsDeps & { readonly tenancy: Tenancy; readonly passOf: (tenantId: TenantId) => TenantPass };

/** What the log of logs said last of a tenant's log. */
type Noted = { readonly index: number; readonly size: bigint; readonly root: Uint8Array };

/**
 * Checks the log of logs against its own signature, and every tenant's log against what the log of logs says of it: each log that was
 * ever counted is still there, is not shorter, and extends what it was. Whoever kept an older head of the log of logs compares that.
 */
export async function verifyLogOfLogs(deps: VerifyLogsDeps): Promise<LogsVerdict> {
  const tree = await findLogsTree(deps.database);
  if (tree === undefined) return { ok: true, size: 0, logs: 0, failures: [] };
  const failures: LogsFailure[] = [];
  const noted = new Map<TenantId, Noted>();
  let edge = emptyEdge;
  for (let from = 0; from < tree.size; from += limits.auditVerifyPage) {
    const leaves = await listLogsLeaves(deps.database, from, Math.min(limits.auditVerifyPage, tree.size - from));
    for (const [at, leaf] of leaves.entries()) {
      const index = from + at;
      const reason = leaf.idx === index ? noteLeaf(deps.keys.host, leaf, noted) : 'audit.logs_missing';
      if (reason !== undefined) failures.push({ reason, index, tenantId: leaf.tenant_id });
    }
    edge = appendLeaves(
      edge,
      leaves.map(({ entry }) => leafHash(entry)),
    );
  }
  const head = openTreeHead(tree, await logsVerifierKey(deps.keys));
  if (!head.ok) failures.push({ reason: 'audit.logs_head_invalid', index: null, tenantId: null });
  else if (!sameHash(edgeRoot(edge), tree.root)) failures.push({ reason: 'audit.logs_root_mismatch', index: null, tenantId: null });
  for (const [tenantId, log] of noted) {
    const reason = await checkTenant(deps, tenantId, log);
    if (reason !== undefined) failures.push({ reason, index: log.index, tenantId });
  }
  const listed = failures.slice(0, limits.auditFailuresMax);
  return { ok: failures.length === 0, size: tree.size, logs: noted.size, failures: listed };
}

type Leaf = Awaited<ReturnType<typeof listLogsLeaves>>[number];

function noteLeaf(host: string, leaf: Leaf, noted: Map<TenantId, Noted>): LogsReason | undefined {
  if (!sameHash(leafHash(leaf.entry), leaf.hash)) return 'audit.logs_leaf_altered';
  const checkpoint = parseCheckpoint(Buffer.from(leaf.entry).toString('utf8'));
  if (!checkpoint.ok || checkpoint.value.origin !== logOrigin(host, leaf.tenant_id)) return 'audit.logs_leaf_altered';
  const before = noted.get(leaf.tenant_id);
  const { size, root } = checkpoint.value;
  if (before !== undefined && before.size >= size) return 'audit.logs_order';
  noted.set(leaf.tenant_id, { index: leaf.idx, size, root });
  return undefined;
}

async function checkTenant(deps: VerifyLogsDeps, tenantId: TenantId, noted: Noted): Promise<LogsReason | undefined> {
  const key = await logVerifierKey(deps.keys, tenantId);
  const context = { tenantId, actor: { type: 'system', id: 'audit-verifier' }, pass: deps.passOf(tenantId) } as const;
  return deps.tenancy.withTenant(context, 'audit.verify-logs', async (tx) => {
    const tree = await findTreeWithin(tx);
    if (tree === undefined) return 'audit.log_dropped';
    if (!openTreeHead(tree, key).ok) return 'audit.log_broken';
    if (BigInt(tree.size) < noted.size) return 'audit.log_rolled_back';
    const read = readStoredTile((level, range) => listHashes(tx, level, range));
    const proved = await proveConsistencyByTiles({ size: BigInt(tree.size), root: tree.root }, noted.size, read);
    if (!proved.ok) return 'audit.log_broken';
    return sameHash(proved.value.firstRoot, noted.root) ? undefined : 'audit.log_forked';
  });
}
