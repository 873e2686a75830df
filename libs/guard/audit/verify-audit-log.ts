import { limits } from '@lib/contract';
import { emptyRoot, type RightEdge, appendLeaves, edgeRoot, emptyEdge, leafHash, sameHash } from '@lib/engine/tlog';
import type { Tenancy, TenantContext } from '@lib/guard/tenancy';
import { type LeafRow, findTreeWithin, hasLeaves, listLeaves } from './audit-log.store.ts';
import { type LogKeys, logVerifierKey } from './log-name.ts';
import { type TreeFault, openTreeHead } from './open-tree-head.ts';

export type AuditReason =
  TreeFault | 'audit.leaf_missing' | 'audit.leaf_altered' | 'audit.leaf_beyond_tree' | 'audit.root_mismatch' | 'audit.tree_missing';

/**
 * What a check of a whole log found. `failedIndex` names the first leaf at fault, where a leaf is at fault: an entry and its stored
 * hash that were changed together show only in the root.
 */
export type AuditVerdict = {
  readonly ok: boolean;
  readonly size: number;
  readonly root: string;
  readonly failedIndex: number | null;
  readonly reason: AuditReason | null;
};

/**
 * Re-derives a tenant's log from the bytes of its entries, page by page, and compares it with the stored tree and the signed
 * checkpoint. Events that come in meanwhile do not disturb it: it checks the tree as it stood at the start.
 */
export async function verifyAuditLog(
  deps: { readonly tenancy: Tenancy; readonly keys: LogKeys },
  context: TenantContext,
): Promise<AuditVerdict> {
  const { tenancy } = deps;
  const tree = await tenancy.withTenant(context, 'audit.verify', findTreeWithin);
  if (tree === undefined) {
    const orphaned = await tenancy.withTenant(context, 'audit.verify', hasLeaves);
    const verdict = { size: 0, root: hex(emptyRoot) };
    return orphaned
      ? { ...verdict, ok: false, failedIndex: 0, reason: 'audit.tree_missing' }
      : { ...verdict, ok: true, failedIndex: null, reason: null };
  }
  const failed = (reason: AuditReason, failedIndex: number | null): AuditVerdict => ({
    ok: false,
    size: tree.size,
    root: hex(tree.root),
    failedIndex,
    reason,
  });
  const walk = await walkLeaves(tree.size, (from, count) =>
    tenancy.withTenant(context, 'audit.verify', (tx) => listLeaves(tx, from, count)),
  );
  if (!walk.ok) return failed(walk.reason, walk.index);
  if (tree.beyond) return failed('audit.leaf_beyond_tree', tree.size);
  const head = openTreeHead(tree, await logVerifierKey(deps.keys, context.tenantId));
  if (!head.ok) return failed(head.error.code, null);
  if (!sameHash(edgeRoot(walk.edge), tree.root)) return failed('audit.root_mismatch', null);
  return { ok: true, size: tree.size, root: hex(tree.root), failedIndex: null, reason: null };
}

type Walk = { readonly ok: true; readonly edge: RightEdge } | { readonly ok: false; readonly index: number; readonly reason: AuditReason };

async function walkLeaves(size: number, read: (from: number, count: number) => Promise<readonly LeafRow[]>): Promise<Walk> {
  let edge = emptyEdge;
  for (let from = 0; from < size; from += limits.auditVerifyPage) {
    const count = Math.min(limits.auditVerifyPage, size - from);
    const leaves = await read(from, count);
    const wrong = firstFault(leaves, from, count);
    if (wrong !== undefined) return { ok: false, ...wrong };
    // each was just compared with the hash of its entry
    edge = appendLeaves(
      edge,
      leaves.map(({ hash }) => hash),
    );
  }
  return { ok: true, edge };
}

function firstFault(
  leaves: readonly LeafRow[],
  from: number,
  count: number,
): { readonly index: number; readonly reason: AuditReason } | undefined {
  for (let place = 0; place < count; place += 1) {
    const leaf = leaves[place];
    const index = from + place;
    if (leaf?.idx !== index) return { index, reason: 'audit.leaf_missing' };
    if (!sameHash(leafHash(leaf.entry), leaf.hash)) return { index, reason: 'audit.leaf_altered' };
  }
  return undefined;
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
