import type { Actor, TenantId, TenantPass } from '@lib/contract';
import type { Row, Statement } from '@lib/platform/db';

export type { Row } from '@lib/platform/db';

/**
 * Who acts, for which tenant, in answer to which request, and by which right. Made from a verified credential or from a job, never from
 * input: without a pass of the tenant the database shows nothing.
 */
export type TenantContext = {
  readonly tenantId: TenantId;
  readonly actor: Actor;
  readonly requestId?: string;
  /** Where an HTTP request came from, and by what in words of ours. */
  readonly client?: { readonly ip?: string | undefined; readonly name: string };
  readonly pass: TenantPass;
};

const madeByWithTenant: unique symbol = Symbol('made by withTenant');

/**
 * A transaction in which row-level security lets through one tenant's rows. Only `withTenant` makes one.
 * MUST NOT be kept after the callback returns: any later use is refused.
 */
export type TenantTx = {
  readonly [madeByWithTenant]: true;
  readonly context: TenantContext;
  /** What the transaction is for, in a few words; it goes into the audit entries written in it. */
  readonly purpose: string;
  readonly query: (statement: Statement) => Promise<readonly Row[]>;
  /**
   * Adds a statement that goes out together with the commit, made then: the two cost one round trip. When it fails, nothing is
   * committed and its error is that of the transaction.
   */
  readonly atCommit: (make: () => Statement) => void;
};

/** The one maker; not exported from the lib. */
export function makeTenantTx(parts: Omit<TenantTx, typeof madeByWithTenant>): TenantTx {
  return { [madeByWithTenant]: true, ...parts };
}
