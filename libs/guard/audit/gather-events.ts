import type { TenantTx } from '@lib/guard/tenancy';
import { type NewEvent, addToOutbox } from './audit-outbox.store.ts';

const gathering = new WeakMap<TenantTx, NewEvent[]>();

/**
 * Adds an event to the outbox together with all others that the transaction records: they leave with the commit, so that an event costs
 * no round trip of its own and a hundred cost little more than one. Where the outbox refuses them, the commit is one no more.
 */
export function gatherEvent(tx: TenantTx, event: NewEvent): void {
  const events = gathering.get(tx);
  if (events !== undefined) {
    events.push(event);
    return;
  }
  const first = [event];
  gathering.set(tx, first);
  addToOutbox(tx, first);
}
