import { z } from 'zod';
import { scimGroupIdSchema, scimUserIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { defineRoute } from './route.ts';
import { scimGroupInputSchema, scimGroupSchema, scimListOf, scimPatchSchema, scimUserInputSchema, scimUserSchema } from './scim-schemas.ts';

const contentType = 'application/scim+json';
const tag = 'scim';
const listQuery = z.object({
  filter: z.string().max(limits.messageCharsMax).optional(),
  /** Less than one means one. */
  startIndex: z.coerce.number().int().max(limits.scimUsersMax).default(1),
  /** Less than nothing means nothing; more than a page means a page. */
  count: z.coerce.number().int().default(limits.pageSizeMax),
});
const userParams = z.strictObject({ scimUserId: scimUserIdSchema });
const groupParams = z.strictObject({ scimGroupId: scimGroupIdSchema });
const common = { tag, scope: 'scim', needs: 'scim.provision' } as const;
const described = z.looseObject({ schemas: z.array(z.string()) });

export const getScimConfig = defineRoute({
  ...common,
  operationId: 'getScimConfig',
  method: 'GET',
  path: '/scim/v2/ServiceProviderConfig',
  summary: 'What of SCIM 2.0 there is here',
  answers: { 200: { description: 'The configuration', schema: described, contentType } },
  problems: [401, 403],
});

export const listScimKinds = defineRoute({
  ...common,
  operationId: 'listScimKinds',
  method: 'GET',
  path: '/scim/v2/ResourceTypes',
  summary: 'Users and groups',
  answers: { 200: { description: 'The kinds of resources', schema: described, contentType } },
  problems: [401, 403],
});

export const listScimSchemas = defineRoute({
  ...common,
  operationId: 'listScimSchemas',
  method: 'GET',
  path: '/scim/v2/Schemas',
  summary: 'Which attributes are kept',
  answers: { 200: { description: 'The schemas', schema: described, contentType } },
  problems: [401, 403],
});

export const listScimUsers = defineRoute({
  ...common,
  operationId: 'listScimUsers',
  method: 'GET',
  path: '/scim/v2/Users',
  summary: 'Users of the directory, oldest first; filters: `eq` over userName, externalId, id, emails.value, active, joined by `and`',
  query: listQuery,
  answers: { 200: { description: 'A page of users', schema: scimListOf(scimUserSchema), contentType } },
  problems: [400, 401, 403],
});

export const createScimUser = defineRoute({
  ...common,
  operationId: 'createScimUser',
  method: 'POST',
  path: '/scim/v2/Users',
  summary: 'Take a user over: a member at once, where a group or the default gives a role',
  body: scimUserInputSchema,
  answers: { 201: { description: 'The user', schema: scimUserSchema, contentType } },
  problems: [400, 401, 403, 409],
});

export const getScimUser = defineRoute({
  ...common,
  operationId: 'getScimUser',
  method: 'GET',
  path: '/scim/v2/Users/{scimUserId}',
  summary: 'One user',
  params: userParams,
  answers: { 200: { description: 'The user', schema: scimUserSchema, contentType } },
  problems: [400, 401, 403, 404],
});

export const replaceScimUser = defineRoute({
  ...common,
  operationId: 'replaceScimUser',
  method: 'PUT',
  path: '/scim/v2/Users/{scimUserId}',
  summary: 'Replace what is known of a user',
  params: userParams,
  body: scimUserInputSchema,
  answers: { 200: { description: 'The user', schema: scimUserSchema, contentType } },
  problems: [400, 401, 403, 404, 409],
});

export const patchScimUser = defineRoute({
  ...common,
  operationId: 'patchScimUser',
  method: 'PATCH',
  path: '/scim/v2/Users/{scimUserId}',
  summary: 'Change a user; `active: false` shuts them out at once',
  params: userParams,
  body: scimPatchSchema,
  answers: { 200: { description: 'The user', schema: scimUserSchema, contentType } },
  problems: [400, 401, 403, 404, 409],
});

export const deleteScimUser = defineRoute({
  ...common,
  operationId: 'deleteScimUser',
  method: 'DELETE',
  path: '/scim/v2/Users/{scimUserId}',
  summary: 'Forget a user, who is shut out at once',
  params: userParams,
  answers: { 204: { description: 'Gone' } },
  problems: [400, 401, 403, 404, 409],
});

export const listScimGroups = defineRoute({
  ...common,
  operationId: 'listScimGroups',
  method: 'GET',
  path: '/scim/v2/Groups',
  summary: 'Groups of the directory, oldest first; filters: `eq` over displayName, externalId, id, members.value, joined by `and`',
  query: listQuery.extend({ excludedAttributes: z.string().max(200).optional() }),
  answers: { 200: { description: 'A page of groups', schema: scimListOf(scimGroupSchema), contentType } },
  problems: [400, 401, 403],
});

export const createScimGroup = defineRoute({
  ...common,
  operationId: 'createScimGroup',
  method: 'POST',
  path: '/scim/v2/Groups',
  summary: 'Take a group over; what its members may do follows',
  body: scimGroupInputSchema,
  answers: { 201: { description: 'The group', schema: scimGroupSchema, contentType } },
  problems: [400, 401, 403, 409],
});

export const getScimGroup = defineRoute({
  ...common,
  operationId: 'getScimGroup',
  method: 'GET',
  path: '/scim/v2/Groups/{scimGroupId}',
  summary: 'One group',
  params: groupParams,
  answers: { 200: { description: 'The group', schema: scimGroupSchema, contentType } },
  problems: [400, 401, 403, 404],
});

export const replaceScimGroup = defineRoute({
  ...common,
  operationId: 'replaceScimGroup',
  method: 'PUT',
  path: '/scim/v2/Groups/{scimGroupId}',
  summary: 'Replace what is known of a group',
  params: groupParams,
  body: scimGroupInputSchema,
  answers: { 200: { description: 'The group', schema: scimGroupSchema, contentType } },
  problems: [400, 401, 403, 404, 409],
});

export const patchScimGroup = defineRoute({
  ...common,
  operationId: 'patchScimGroup',
  method: 'PATCH',
  path: '/scim/v2/Groups/{scimGroupId}',
  summary: 'Change a group or who is in it',
  params: groupParams,
  body: scimPatchSchema,
  answers: { 200: { description: 'The group', schema: scimGroupSchema, contentType } },
  problems: [400, 401, 403, 404, 409],
});

export const deleteScimGroup = defineRoute({
  ...common,
  operationId: 'deleteScimGroup',
  method: 'DELETE',
  path: '/scim/v2/Groups/{scimGroupId}',
  summary: 'Forget a group; what its members may do follows',
  params: groupParams,
  answers: { 204: { description: 'Gone' } },
  problems: [400, 401, 403, 404],
});
