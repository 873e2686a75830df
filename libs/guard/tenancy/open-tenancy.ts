import type { Database } from '@lib/platform/db';
import type { TenantContext, TenantTx } from './tenant-tx.ts';
import { withTenant } from './with-tenant.ts';
import { withTenantOnce } from './with-tenant-once.ts';

/** The only two ways to a tenant's rows. */
export type Tenancy = {
  /**
   * Runs `work` in one transaction. Statements that `work` sends without waiting travel together. Commits when `work` returns, rolls
   * back when it throws. A statement that failed cannot be swallowed: the commit is then refused with `db.rolled_back`.
   */
  readonly withTenant: <T>(context: TenantContext, purpose: string, work: (tx: TenantTx) => Promise<T>) => Promise<T>;
  /** The same for exactly one statement, in one round trip. The statement is committed by the time that its rows arrive. */
  readonly withTenantOnce: <T>(context: TenantContext, purpose: string, work: (tx: TenantTx) => Promise<T>) => Promise<T>;
};

/**
 * Opens the doors on one role's pool.
 * Errors: `StatementFault` (`db.*`), `db.rolled_back`. Nesting, use after the end and transaction control are refused.
 */
export function openTenancy(database: Database): Tenancy {
  return {
    withTenant: (context, purpose, work) => withTenant(database, { context, purpose }, work),
    withTenantOnce: (context, purpose, work) => withTenantOnce(database, { context, purpose }, work),
  };
}
