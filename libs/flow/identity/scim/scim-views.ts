import { createHash } from 'node:crypto';
import { scimNames, type ScimGroup, type ScimUser } from '@lib/contract';
import type { ScimGroupRow } from '../scim-group.store.ts';
import type { ScimUserRow } from '../scim-user.store.ts';

/** A user as directories read it. */
export function userView(row: ScimUserRow): ScimUser {
  return {
    schemas: [scimNames.user],
    id: row.id,
    ...(row.externalId === null ? {} : { externalId: row.externalId }),
    userName: row.userName,
    ...(row.displayName === null ? {} : { displayName: row.displayName }),
    name: {
      ...(row.givenName === null ? {} : { givenName: row.givenName }),
      ...(row.familyName === null ? {} : { familyName: row.familyName }),
    },
    emails: row.email === null ? [] : [{ value: row.email, primary: true }],
    active: row.active,
    groups: [...row.groups],
    meta: metaOf('User', row),
  };
}

/** A group as directories read it. */
export function groupView(row: ScimGroupRow): ScimGroup {
  return {
    schemas: [scimNames.group],
    id: row.id,
    ...(row.externalId === null ? {} : { externalId: row.externalId }),
    displayName: row.displayName,
    members: [...row.members],
    meta: metaOf('Group', row),
  };
}

/** A page of a list. Source: RFC 7644, section 3.4.2. */
export function listView<T>(items: readonly T[], { total, startIndex }: { readonly total: number; readonly startIndex: number }) {
  return { schemas: [scimNames.list], totalResults: total, startIndex, itemsPerPage: items.length, Resources: [...items] };
}

function metaOf(resourceType: 'User' | 'Group', row: Pick<ScimUserRow, 'createdAt' | 'changedAt'> & { readonly id: string }) {
  const digest = createHash('sha256').update(JSON.stringify(row)).digest('base64url').slice(0, 22);
  return {
    resourceType,
    created: row.createdAt,
    lastModified: row.changedAt,
    location: `/scim/v2/${resourceType}s/${row.id}`,
    version: `W/"${digest}"`,
  };
}
