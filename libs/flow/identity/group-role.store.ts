import { z } from 'zod';
import { givenRoleSchema, limits, type GivenRole } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({ group_name: z.string(), role: givenRoleSchema });

/** A group of the company's, and what whoever is in it may do here. */
export type GroupRole = { readonly group: string; readonly role: GivenRole };

/** Groups that stand for a role, by name. */
export async function findGroupRoles(tx: TenantTx): Promise<readonly GroupRole[]> {
  const rows = await tx.query(sql('identity.list-group-roles')`
    select group_name, role from app.group_role where tenant_id = ${tx.context.tenantId} order by group_name limit ${limits.groupRolesMax}`);
  return rows.map((given) => {
    const row = rowSchema.parse(given);
    return { group: row.group_name, role: row.role };
  });
}

/** Makes the groups that stand for a role these and no others. */
export async function replaceGroupRoles(tx: TenantTx, roles: readonly GroupRole[]): Promise<void> {
  await tx.query(sql('identity.clear-group-roles')`delete from app.group_role where tenant_id = ${tx.context.tenantId}`);
  await tx.query(sql('identity.insert-group-roles')`
    insert into app.group_role (tenant_id, group_name, role)
    select ${tx.context.tenantId}, r.name, r.role from unnest(${roles.map(({ group }) => group)}::text[], ${roles.map(({ role }) => role)}::text[]) as r (name, role)
    on conflict (tenant_id, group_name) do nothing`);
}
