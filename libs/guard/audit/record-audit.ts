import { type AuditDraft, auditEventSchema, limits } from '@lib/contract';
import { type Clock, type Ids, assert, canonicalJson } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import type { Kms } from '@lib/platform/kms';
import { commitPersonal } from './commit-personal.ts';
import { gatherEvent } from './gather-events.ts';

/** Where a new event gets its time and its id, and, where it has personal data, the key for that. */
export type AuditDeps = { readonly clock: Clock; readonly ids: Ids; readonly personalKeys?: Pick<Kms, 'encrypt' | 'decrypt'> };

/**
 * Writes one event into the outbox of the transaction that it tells of: both commit, or neither. The sequencer gives it its place
 * in the log later. Actor, tenant, purpose and request come from the transaction, never from the caller.
 * The bytes are made here, once; they are what is hashed and exported. They leave with the commit: where the log does not take them,
 * the transaction fails with that error, and nothing may be answered.
 */
export async function recordAudit(tx: TenantTx, draft: AuditDraft, deps: AuditDeps): Promise<void> {
  const { personal, ...said } = draft;
  const id = deps.ids.uuid();
  const { requestId } = tx.context;
  const event = auditEventSchema.parse({
    ...said,
    ...(needsSecondVersion(draft) ? { v: 2, decision: draft.decision ?? (draft.outcome === 'denied' ? 'deny' : 'allow') } : { v: 1 }),
    ...(personal === undefined ? {} : { commitment: await commit(tx, { ...personal, eventId: id }, deps) }),
    id,
    tenant: tx.context.tenantId,
    occurredAt: new Date(deps.clock.nowMs()).toISOString(),
    actor: tx.context.actor,
    purpose: tx.purpose,
    context: requestId === undefined ? {} : { requestId },
  });
  const entry = Buffer.from(canonicalJson(event), 'utf8');
  assert(entry.length <= limits.auditEntryBytesMax, 'an audit entry fits its 16-bit length');
  gatherEvent(tx, { id, entry });
}

function needsSecondVersion({ decision, ticket, policy, personal }: AuditDraft): boolean {
  return [decision, ticket, policy, personal].some((part) => part !== undefined);
}

function commit(tx: TenantTx, personal: Parameters<typeof commitPersonal>[1], { personalKeys, ids }: AuditDeps): Promise<string> {
  assert(personalKeys !== undefined, 'personal data is recorded where keys are at hand');
  return commitPersonal(tx, personal, { personalKeys, ids });
}
