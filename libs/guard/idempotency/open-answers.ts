import type { Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';
import type { AnswerSlot, AnswerStore, Reservation } from '@lib/platform/http';
import { deleteExpired, deleteSlot, findKey, insertSlot, updateSlot, type KnownKey } from './idempotency.store.ts';

/** Opens the store of kept answers. Keys are per tenant: nobody can find out what another tenant's keys are. Errors: `db.*`. */
export function openAnswers(tenancy: Tenancy, ids: Ids): AnswerStore {
  return {
    reserve: (caller, request) => {
      const slot = { ...request, ticket: ids.uuid() };
      return tenancy.withTenant(caller, 'reserve an idempotency key', async (tx) => {
        const [, taken, known] = await Promise.all([deleteExpired(tx), insertSlot(tx, slot), findKey(tx, slot.key)]);
        return taken ? { state: 'reserved', slot } : heldBy(known, slot);
      });
    },
    finish: (caller, slot, answer) =>
      tenancy.withTenantOnce(caller, 'keep an answer', async (tx) => {
        await updateSlot(tx, slot, answer);
      }),
    release: (caller, slot) => tenancy.withTenantOnce(caller, 'give an idempotency key back', (tx) => deleteSlot(tx, slot)),
  };
}

/** A key that was given back between the two statements counts as in progress: the next try finds it free. */
function heldBy(known: KnownKey | undefined, slot: AnswerSlot): Reservation {
  if (known === undefined) return { state: 'in_progress' };
  if (known.operation !== slot.operation || known.request_sha256 !== slot.requestSha256) return { state: 'reused' };
  return known.status === null ? { state: 'in_progress' } : { state: 'answered', answer: { status: known.status, body: known.body } };
}
