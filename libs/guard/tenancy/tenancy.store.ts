import { sql, type Statement } from '@lib/platform/db';

export const begin = sql('tenancy.begin')`begin`;
export const commit = sql('tenancy.commit')`commit`;
export const rollback = sql('tenancy.rollback')`rollback`;

/** Shows the proof of a tenant until the end of the transaction; outside of one it ends with the statement. */
export function enterTenant(proof: string): Statement {
  return sql('tenancy.enter')`select set_config('app.tenant_proof', ${proof}, true)`;
}
