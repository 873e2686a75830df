import { z } from 'zod';
import { instantSchema, limits, scimGroupIdSchema, scimUserIdSchema, type ScimGroupId, type ScimUserId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: scimGroupIdSchema,
  display_name: z.string(),
  external_id: z.string().nullable(),
  created_at: instantSchema,
  changed_at: instantSchema,
});
const memberSchema = z.object({ group_id: scimGroupIdSchema, user_id: scimUserIdSchema, user_name: z.string() });
const countSchema = z.object({ n: z.int() });

/** A group of the directory as it is kept. */
export type ScimGroupRow = {
  readonly id: ScimGroupId;
  readonly displayName: string;
  readonly externalId: string | null;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly members: readonly { readonly value: ScimUserId; readonly display: string }[];
};

/** What may be asked for, each as it must be; absent ones are not asked for. `member` is the id of a user. */
export type GroupFilter = {
  readonly id?: string | undefined;
  readonly displayName?: string | undefined;
  readonly externalId?: string | undefined;
  readonly member?: string | undefined;
};

/** A page of groups, oldest first, and how many there are in all. */
export async function findScimGroups(
  tx: TenantTx,
  filter: GroupFilter,
  { offset, limit, withMembers }: { readonly offset: number; readonly limit: number; readonly withMembers: boolean },
): Promise<{ readonly total: number; readonly rows: readonly ScimGroupRow[] }> {
  const { tenantId } = tx.context;
  const matches = await tx.query(sql('identity.list-scim-groups')`
    select g.id, g.display_name, g.external_id, g.created_at, g.changed_at from app.scim_group g
    where g.tenant_id = ${tenantId} and (${filter.id ?? null}::text is null or g.id::text = ${filter.id ?? null})
      and (${filter.displayName ?? null}::text is null or g.display_name = ${filter.displayName ?? null})
      and (${filter.externalId ?? null}::text is null or g.external_id = ${filter.externalId ?? null})
      and (${filter.member ?? null}::text is null or exists (select from app.scim_group_member m
        where m.tenant_id = g.tenant_id and m.group_id = g.id and m.user_id::text = ${filter.member ?? null}))
    order by g.created_at, g.id limit ${limits.scimGroupsMax}`);
  const groups = matches.slice(offset, offset + limit).map((given) => rowSchema.parse(given));
  const members = withMembers
    ? await findMembersOf(
        tx,
        groups.map(({ id }) => id),
      )
    : [];
  const rows = groups.map(({ display_name: displayName, external_id: externalId, created_at: createdAt, changed_at: changedAt, id }) => ({
    id,
    displayName,
    externalId,
    createdAt,
    changedAt,
    members: members.filter((member) => member.group_id === id).map((member) => ({ value: member.user_id, display: member.user_name })),
  }));
  return { total: matches.length, rows };
}

async function findMembersOf(tx: TenantTx, ids: readonly ScimGroupId[]): Promise<readonly z.infer<typeof memberSchema>[]> {
  const rows = await tx.query(sql('identity.list-scim-group-members')`
    select m.group_id, m.user_id, u.user_name from app.scim_group_member m
    join app.scim_user u on u.tenant_id = m.tenant_id and u.id = m.user_id
    where m.tenant_id = ${tx.context.tenantId} and m.group_id = any (${ids}::uuid[]) order by m.group_id, u.user_name`);
  return rows.map((row) => memberSchema.parse(row));
}

/** One group. */
export async function findScimGroup(tx: TenantTx, id: ScimGroupId): Promise<ScimGroupRow | undefined> {
  return (await findScimGroups(tx, { id }, { offset: 0, limit: 1, withMembers: true })).rows[0];
}

/** How many groups there are. */
export async function countScimGroups(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('identity.number-scim-groups')`
    select count(*)::integer as n from app.scim_group where tenant_id = ${tx.context.tenantId}`);
  return countSchema.parse(rows[0]).n;
}

/** What is written of a group. */
export type ScimGroupFacts = Pick<ScimGroupRow, 'id' | 'displayName' | 'externalId'>;

/** Writes a group; answers false when one of that name is there. */
export async function insertScimGroup(tx: TenantTx, group: ScimGroupFacts): Promise<boolean> {
  const rows = await tx.query(sql('identity.insert-scim-group')`
    insert into app.scim_group (tenant_id, id, display_name, external_id)
    values (${tx.context.tenantId}, ${group.id}, ${group.displayName}, ${group.externalId})
    on conflict (tenant_id, display_name) do nothing returning 1 as made`);
  return rows.length === 1;
}

/** Changes a group; answers false when another one has that name. */
export async function updateScimGroup(tx: TenantTx, group: ScimGroupFacts): Promise<boolean> {
  const rows = await tx.query(sql('identity.update-scim-group')`
    update app.scim_group g set display_name = ${group.displayName}, external_id = ${group.externalId}, changed_at = clock_timestamp()
    where g.tenant_id = ${tx.context.tenantId} and g.id = ${group.id}
      and not exists (select from app.scim_group o where o.tenant_id = g.tenant_id and o.display_name = ${group.displayName} and o.id <> g.id)
    returning 1 as changed`);
  return rows.length === 1;
}

/** Makes the members of a group these and no others; those that are no users of the directory are left. */
export async function replaceScimMembers(tx: TenantTx, id: ScimGroupId, users: readonly ScimUserId[]): Promise<void> {
  await tx.query(sql('identity.remove-scim-members')`
    delete from app.scim_group_member where tenant_id = ${tx.context.tenantId} and group_id = ${id} and user_id <> all (${users}::uuid[])`);
  await tx.query(sql('identity.insert-scim-members')`
    insert into app.scim_group_member (tenant_id, group_id, user_id)
    select u.tenant_id, ${id}, u.id from app.scim_user u where u.tenant_id = ${tx.context.tenantId} and u.id = any (${users}::uuid[])
    on conflict (tenant_id, group_id, user_id) do nothing`);
}

/** Forgets a group. */
export async function deleteScimGroupRow(tx: TenantTx, id: ScimGroupId): Promise<void> {
  await tx.query(sql('identity.delete-scim-group')`delete from app.scim_group where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}
