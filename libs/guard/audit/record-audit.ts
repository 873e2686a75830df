import { type AuditDraft, auditEventSchema, limits } from '@lib/contract';
import { type Clock, type Ids, assert, canonicalJson } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import { gatherEvent } from './gather-events.ts';

/** Where a new event gets its time and its id. */
export type AuditDeps = { readonly clock: Clock; readonly ids: Ids };

/**
 * Writes one event into the outbox of the transaction that it tells of: both commit, or neither. The sequencer gives it its place
 * in the log later. Actor, tenant, purpose and request come from the transaction, never from the caller.
 * The bytes are made here, once; they are what is hashed and exported. Errors: as any statement; then nothing may be answered.
 */
export async function recordAudit(tx: TenantTx, draft: AuditDraft, deps: AuditDeps): Promise<void> {
  const id = deps.ids.uuid();
  const { requestId } = tx.context;
  const event = auditEventSchema.parse({
    ...draft,
    v: 1,
    id,
    tenant: tx.context.tenantId,
    occurredAt: new Date(deps.clock.nowMs()).toISOString(),
    actor: tx.context.actor,
    purpose: tx.purpose,
    context: requestId === undefined ? {} : { requestId },
  });
  const entry = Buffer.from(canonicalJson(event), 'utf8');
  assert(entry.length <= limits.auditEntryBytesMax, 'an audit entry fits its 16-bit length');
  await gatherEvent(tx, { id, entry });
}
