import { limits, sha256Schema, type AuditLeafView, type readAuditLog as route } from '@lib/contract';
import { ok, type Result } from '@lib/kernel';
import { findAuditHead, listLeaves, recordAudit, type LeafRow } from '@lib/guard/audit';
import type { AnswerValue, Call } from '@lib/platform/http';
import { eventMembers, membersOf } from '../views/event-row.ts';
import type { ExportDeps } from '../export-deps.ts';

/**
 * Reads the log from an index on, in order and without a gap: for collectors, which ask again with `next`. Reading is an event, but
 * for a page that tells of nothing other than this caller's own reading before: a log must not grow because it is followed.
 */
export function readAuditLog(
  deps: ExportDeps,
  { caller, query }: Pick<Call<typeof route>, 'caller' | 'query'>,
): Promise<Result<AnswerValue<typeof route>, never>> {
  const { from, limit } = query;
  return deps.tenancy.withTenant(caller, 'follow the audit log', async (tx) => {
    const [head, rows] = await Promise.all([findAuditHead(tx), listLeaves(tx, from, limit)]);
    const leaves = fitting(rows.filter(({ idx }) => idx < (head?.size ?? 0)));
    if (leaves.some(({ entry }) => !isOwnReading(entry, caller.actor.id))) {
      const detail = { from, count: leaves.length };
      await recordAudit(tx, { action: 'audit.streamed', targets: [], outcome: 'success', detail }, deps);
    }
    const next = from + leaves.length;
    return ok({ items: leaves.map(viewOf), next, size: head?.size ?? 0, checkpoint: head?.checkpoint ?? '' });
  });
}

// as many as fit; one always does
function fitting(rows: readonly LeafRow[]): readonly LeafRow[] {
  let bytes = 0;
  const end = rows.findIndex(({ entry }) => (bytes += entry.length) > limits.auditFeedBytesMax);
  return end < 0 ? rows : rows.slice(0, Math.max(1, end));
}

function isOwnReading(entry: Uint8Array, actorId: string): boolean {
  const event = eventMembers(entry);
  return event['action'] === 'audit.streamed' && membersOf(event['actor'])['id'] === actorId;
}

function viewOf({ idx, hash, entry }: LeafRow): AuditLeafView {
  return { index: idx, leafHash: sha256Schema.parse(Buffer.from(hash).toString('hex')), entry: Buffer.from(entry).toString('utf8') };
}
