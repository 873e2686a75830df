import type { TenantTx } from '@lib/guard/tenancy';
import { type NewEvent, addToOutbox } from './audit-outbox.store.ts';

const gathering = new WeakMap<TenantTx, { readonly events: NewEvent[]; readonly sent: Promise<void> }>();

/**
 * Adds an event to the outbox together with all others that the transaction records before it waits for something: a hundred of them
 * cost little more than one. The statement leaves before the transaction can end, because the end is always later than this turn.
 */
export function gatherEvent(tx: TenantTx, event: NewEvent): Promise<void> {
  const open = gathering.get(tx);
  if (open !== undefined) {
    open.events.push(event);
    return open.sent;
  }
  const events = [event];
  const sent = Promise.resolve().then(() => {
    gathering.delete(tx);
    return addToOutbox(tx, events);
  });
  gathering.set(tx, { events, sent });
  return sent;
}
