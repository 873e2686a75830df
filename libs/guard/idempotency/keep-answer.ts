import { Fault } from '@lib/kernel';
import type { TenantTx } from '@lib/guard/tenancy';
import type { AnswerSlot } from '@lib/platform/http';
import { updateSlot } from './idempotency.store.ts';

/**
 * Keeps the answer of a POST within the transaction of its change, so that neither exists without the other. `value` is absent where
 * the answer must not be kept (a secret) or has no body. Without an `Idempotency-Key` there is no slot, and nothing to do.
 * Errors: Fault `http.idempotency_in_progress` when another attempt took the key over: this transaction then rolls back.
 */
export async function keepAnswer(tx: TenantTx, slot: AnswerSlot | undefined, answer: { status: number; value?: unknown }): Promise<void> {
  if (slot === undefined) return;
  const body = answer.value === undefined ? null : JSON.stringify(answer.value);
  if (await updateSlot(tx, slot, { status: answer.status, body })) return;
  throw new Fault('http.idempotency_in_progress', { internal: `\`${slot.operation}\`: the key was taken over` });
}
