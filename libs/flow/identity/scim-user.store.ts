import { z } from 'zod';
import {
  instantSchema,
  limits,
  memberIdSchema,
  scimGroupIdSchema,
  scimUserIdSchema,
  type MemberId,
  type ScimGroupId,
  type ScimUserId,
} from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const groupSchema = z.object({ value: scimGroupIdSchema, display: z.string() });
const rowSchema = z.object({
  id: scimUserIdSchema,
  user_name: z.string(),
  external_id: z.string().nullable(),
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  given_name: z.string().nullable(),
  family_name: z.string().nullable(),
  active: z.boolean(),
  member_id: memberIdSchema.nullable(),
  created_at: instantSchema,
  changed_at: instantSchema,
  groups: z.array(groupSchema),
});

/** A user of the directory as it is kept. */
export type ScimUserRow = {
  readonly id: ScimUserId;
  readonly userName: string;
  readonly externalId: string | null;
  readonly email: string | null;
  readonly displayName: string | null;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly active: boolean;
  readonly memberId: MemberId | null;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly groups: readonly { readonly value: ScimGroupId; readonly display: string }[];
};

/** What may be asked for, each as it must be; absent ones are not asked for. */
export type UserFilter = {
  readonly id?: string;
  readonly userName?: string;
  readonly externalId?: string;
  readonly email?: string;
  readonly active?: boolean;
};

const anybody = { id: null, userName: null, externalId: null, email: null, active: null };

function rowOf(given: unknown): ScimUserRow {
  const row = rowSchema.parse(given);
  return {
    id: row.id,
    userName: row.user_name,
    externalId: row.external_id,
    email: row.email,
    displayName: row.display_name,
    givenName: row.given_name,
    familyName: row.family_name,
    active: row.active,
    memberId: row.member_id,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    groups: row.groups,
  };
}

/** A page of users, oldest first, and how many there are in all. */
export async function findScimUsers(
  tx: TenantTx,
  filter: UserFilter,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ readonly total: number; readonly rows: readonly ScimUserRow[] }> {
  const { tenantId } = tx.context;
  const { id, userName, externalId, email, active } = { ...anybody, ...filter };
  const rows = await tx.query(sql('identity.list-scim-users')`
    select u.id, u.user_name, u.external_id, u.email, u.display_name, u.given_name, u.family_name, u.active, u.member_id, u.created_at, u.changed_at,
      coalesce((select json_agg(json_build_object('value', g.id, 'display', g.display_name) order by g.display_name)
        from app.scim_group_member m join app.scim_group g on g.tenant_id = m.tenant_id and g.id = m.group_id
        where m.tenant_id = u.tenant_id and m.user_id = u.id), '[]') as groups
    from app.scim_user u where u.tenant_id = ${tenantId} and (${id}::text is null or u.id::text = ${id})
      and (${userName}::text is null or u.user_name = ${userName})
      and (${externalId}::text is null or u.external_id = ${externalId})
      and (${email}::text is null or u.email = ${email})
      and (${active}::boolean is null or u.active = ${active})
    order by u.created_at, u.id limit ${limit} offset ${offset}`);
  const counted = await tx.query(sql('identity.count-scim-users')`
    select count(*)::integer as n from app.scim_user u
    where u.tenant_id = ${tenantId} and (${id}::text is null or u.id::text = ${id})
      and (${userName}::text is null or u.user_name = ${userName})
      and (${externalId}::text is null or u.external_id = ${externalId})
      and (${email}::text is null or u.email = ${email})
      and (${active}::boolean is null or u.active = ${active})`);
  return { total: countSchema.parse(counted[0]).n, rows: rows.map(rowOf) };
}

const countSchema = z.object({ n: z.int() });

/** One user. */
export async function findScimUser(tx: TenantTx, id: ScimUserId): Promise<ScimUserRow | undefined> {
  return (await findScimUsers(tx, { id }, { offset: 0, limit: 1 })).rows[0];
}

/** Keeps others from changing these users until the transaction ends; in one order, so that nobody waits in a circle. */
export async function lockScimUsers(tx: TenantTx, ids: readonly ScimUserId[]): Promise<readonly ScimUserId[]> {
  const rows = await tx.query(sql('identity.lock-scim-users')`
    select id from app.scim_user where tenant_id = ${tx.context.tenantId} and id = any (${ids}::uuid[])
    order by id limit ${limits.scimGroupMembersMax} for update`);
  return rows.map((row) => z.object({ id: scimUserIdSchema }).parse(row).id);
}

/** What is written of a user. */
export type ScimUserFacts = Omit<ScimUserRow, 'createdAt' | 'changedAt' | 'groups' | 'memberId'>;

/** Writes a user; answers false when one of that name is there. */
export async function insertScimUser(tx: TenantTx, user: ScimUserFacts): Promise<boolean> {
  const rows = await tx.query(sql('identity.insert-scim-user')`
    insert into app.scim_user (tenant_id, id, user_name, external_id, email, display_name, given_name, family_name, active)
    values (${tx.context.tenantId}, ${user.id}, ${user.userName}, ${user.externalId}, ${user.email}, ${user.displayName}, ${user.givenName},
      ${user.familyName}, ${user.active})
    on conflict (tenant_id, user_name) do nothing returning 1 as made`);
  return rows.length === 1;
}

/** Changes a user; answers false when another one has that name. */
export async function updateScimUser(tx: TenantTx, user: ScimUserFacts): Promise<boolean> {
  const rows = await tx.query(sql('identity.update-scim-user')`
    update app.scim_user u set user_name = ${user.userName}, external_id = ${user.externalId}, email = ${user.email},
      display_name = ${user.displayName}, given_name = ${user.givenName}, family_name = ${user.familyName}, active = ${user.active},
      changed_at = clock_timestamp()
    where u.tenant_id = ${tx.context.tenantId} and u.id = ${user.id}
      and not exists (select from app.scim_user o where o.tenant_id = u.tenant_id and o.user_name = ${user.userName} and o.id <> u.id)
    returning 1 as changed`);
  return rows.length === 1;
}

/** Notes which member a user is. */
export async function linkScimUser(tx: TenantTx, id: ScimUserId, memberId: MemberId): Promise<void> {
  await tx.query(sql('identity.link-scim-user')`
    update app.scim_user set member_id = ${memberId} where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** Whether a member is another user of the directory. */
export async function isOtherScimUser(tx: TenantTx, memberId: MemberId, id: ScimUserId): Promise<boolean> {
  const rows = await tx.query(sql('identity.other-scim-user')`
    select 1 as taken from app.scim_user where tenant_id = ${tx.context.tenantId} and member_id = ${memberId} and id <> ${id}`);
  return rows.length > 0;
}

/** Forgets a user, and that it was in groups. */
export async function deleteScimUserRow(tx: TenantTx, id: ScimUserId): Promise<void> {
  await tx.query(sql('identity.delete-scim-user')`delete from app.scim_user where tenant_id = ${tx.context.tenantId} and id = ${id}`);
}

/** How many users there are. */
export async function countScimUsers(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('identity.number-scim-users')`
    select count(*)::integer as n from app.scim_user where tenant_id = ${tx.context.tenantId}`);
  return countSchema.parse(rows[0]).n;
}
