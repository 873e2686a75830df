import { sql, type Statement } from '@lib/platform/db';

export const begin = sql('tenancy.begin')`begin`;
export const commit = sql('tenancy.commit')`commit`;
export const rollback = sql('tenancy.rollback')`rollback`;

/** Enters a tenant until the end of the transaction; outside of one the setting ends with the statement. */
export function enterTenant(tenantId: string): Statement {
  return sql('tenancy.enter')`select set_config('app.tenant_id', ${tenantId}, true)`;
}
