import { type AuditDraft, auditEventSchema, beyondCatalog, limits } from '@lib/contract';
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
  const strange = beyondCatalog(said);
  assert(strange.length === 0, `an event of \`${said.action}\` says no more than the catalogue has for it: ${strange.join(', ')}`);
  const event = auditEventSchema.parse({
    ...said,
    ...versionOf(tx, draft),
    ...(personal === undefined ? {} : { commitment: await commit(tx, { ...personal, eventId: id }, deps) }),
    id,
    tenant: tx.context.tenantId,
    occurredAt: new Date(deps.clock.nowMs()).toISOString(),
    actor: tx.context.actor,
    purpose: tx.purpose,
    context: requestOf(tx),
  });
  const entry = Buffer.from(canonicalJson(event), 'utf8');
  assert(entry.length <= limits.auditEntryBytesMax, 'an audit entry fits its 16-bit length');
  gatherEvent(tx, { id, entry });
}

/** The oldest version that holds the event. */
function versionOf({ context }: TenantTx, { decision, ticket, policy, personal, outcome }: AuditDraft) {
  const isFirst = context.client === undefined && [decision, ticket, policy, personal].every((part) => part === undefined);
  if (isFirst) return { v: 1 };
  return { v: context.client === undefined ? 2 : 3, decision: decision ?? (outcome === 'denied' ? 'deny' : 'allow') };
}

function requestOf({ context: { requestId, client } }: TenantTx) {
  return {
    ...(requestId === undefined ? {} : { requestId }),
    ...(client === undefined ? {} : { client: client.name, ...(client.ip === undefined ? {} : { ip: client.ip }) }),
  };
}

function commit(tx: TenantTx, personal: Parameters<typeof commitPersonal>[1], { personalKeys, ids }: AuditDeps): Promise<string> {
  assert(personalKeys !== undefined, 'personal data is recorded where keys are at hand');
  return commitPersonal(tx, personal, { personalKeys, ids });
}
