import type { Actor, TenantId } from '@lib/contract';
import type { Statement } from '@lib/platform/db';

/** Who acts, for which tenant, in answer to which request. Made from a verified credential or from a job row, never from input. */
export type TenantContext = { readonly tenantId: TenantId; readonly actor: Actor; readonly requestId?: string };

/** A row as the driver gives it; stores parse it by a schema before it goes any further. */
export type Row = Readonly<Record<string, unknown>>;

declare const madeByWithTenant: unique symbol;

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
};
