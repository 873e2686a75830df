import { AsyncLocalStorage } from 'node:async_hooks';
import { assert } from '@lib/kernel';
import type { TenantContext } from './tenant-tx.ts';

/** What a loan is for. */
export type Visit = { readonly context: TenantContext; readonly purpose: string };

const visits = new AsyncLocalStorage<{ over: boolean }>();
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;

/**
 * Runs `work` as the only visit of this asynchronous call chain. A visit within a visit is refused: it would wait for a second
 * connection while holding the first, and a reader could not tell whose rows a statement means. Work that outlives the visit may
 * open its own.
 */
export async function insideTenant<T>(visit: Visit, work: () => Promise<T>): Promise<T> {
  assert(uuidPattern.test(visit.context.tenantId), 'the tenant id is a lower-case uuid');
  assert(visits.getStore()?.over !== false, 'a tenant is entered once: withTenant is not nested');
  const state = { over: false };
  try {
    return await visits.run(state, work);
  } finally {
    state.over = true;
  }
}
