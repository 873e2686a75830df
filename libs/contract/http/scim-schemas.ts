import { z } from 'zod';
import { scimGroupIdSchema, scimUserIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema } from './page.ts';

/** Names of the schemas that we know. Source: RFC 7643, section 10; RFC 7644, section 8. */
export const scimNames = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
} as const;

const metaSchema = z.object({
  resourceType: z.enum(['User', 'Group']),
  created: instantSchema,
  lastModified: instantSchema,
  location: z.string(),
  version: z.string(),
});

export const scimUserSchema = z.object({
  schemas: z.array(z.string()),
  id: scimUserIdSchema,
  externalId: z.string().optional(),
  userName: z.string(),
  displayName: z.string().optional(),
  name: z.object({ givenName: z.string().optional(), familyName: z.string().optional() }),
  emails: z.array(z.object({ value: z.string(), primary: z.boolean() })).max(1),
  active: z.boolean(),
  groups: z.array(z.object({ value: scimGroupIdSchema, display: z.string() })).max(limits.scimGroupsMax),
  meta: metaSchema,
});
export type ScimUser = z.infer<typeof scimUserSchema>;

export const scimGroupSchema = z.object({
  schemas: z.array(z.string()),
  id: scimGroupIdSchema,
  externalId: z.string().optional(),
  displayName: z.string(),
  members: z.array(z.object({ value: scimUserIdSchema, display: z.string() })).max(limits.scimGroupMembersMax),
  meta: metaSchema,
});
export type ScimGroup = z.infer<typeof scimGroupSchema>;

/** A page of a list. `startIndex` counts from one. Source: RFC 7644, section 3.4.2. */
export function scimListOf<S extends z.ZodType>(item: S) {
  return z.object({
    schemas: z.array(z.string()),
    totalResults: z.int(),
    startIndex: z.int(),
    itemsPerPage: z.int(),
    Resources: z.array(item).max(limits.pageSizeMax),
  });
}

/** `true` of some directories is a text. */
const booleanSchema = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]);
const emailSchema = z.string().trim().toLowerCase().pipe(z.email().max(254));
const partSchema = (charsMax: number) => z.string().trim().min(1).max(charsMax);
/** Directories send what they have no value for as nothing, or as an empty text. */
const nullable = <S extends z.ZodType>(schema: S) => z.preprocess((value) => (value === '' ? null : value), schema.nullish());

/** What is kept of a user. What a directory sends besides is left. */
export const scimUserInputSchema = z.object({
  userName: z.string().trim().toLowerCase().min(1).max(254),
  externalId: nullable(partSchema(254)),
  displayName: nullable(partSchema(200)),
  name: z
    .object({ givenName: nullable(partSchema(100)), familyName: nullable(partSchema(100)), formatted: nullable(partSchema(200)) })
    .nullish(),
  emails: z
    .array(z.object({ value: emailSchema, primary: booleanSchema.nullish(), type: z.string().max(40).nullish() }))
    .max(20)
    .nullish(),
  active: booleanSchema.default(true),
});
export type ScimUserInput = z.infer<typeof scimUserInputSchema>;

export const scimMemberSchema = z.object({ value: scimUserIdSchema });
export const scimGroupInputSchema = z.object({
  displayName: partSchema(200),
  externalId: nullable(partSchema(254)),
  members: z.array(scimMemberSchema).max(limits.scimGroupMembersMax).nullish(),
});
export type ScimGroupInput = z.infer<typeof scimGroupInputSchema>;

// As deep as directories send it and no deeper: what takes any JSON is followed to any depth.
const plainSchema = z.union([z.string().max(2_000), z.number(), z.boolean(), z.null()]);
const partsSchema = z.record(z.string().max(300), plainSchema);
const memberListSchema = z.array(z.union([plainSchema, partsSchema])).max(limits.scimGroupMembersMax);
const attributeSchema = z.union([plainSchema, memberListSchema, partsSchema]);
const changedSchema = z.union([
  plainSchema,
  memberListSchema,
  z.record(z.string().max(300), z.union([attributeSchema, z.record(z.string().max(300), attributeSchema)])),
]);

/** What is to be changed. Some directories write the operation with a capital. Source: RFC 7644, section 3.5.2. */
export const scimPatchSchema = z.object({
  schemas: z.array(z.string().max(200)).max(10),
  Operations: z
    .array(
      z.object({
        op: z
          .string()
          .toLowerCase()
          .pipe(z.enum(['add', 'replace', 'remove'])),
        path: z.string().max(300).optional(),
        value: changedSchema.optional(),
      }),
    )
    .min(1)
    .max(limits.pageSizeMax),
});
export type ScimPatch = z.infer<typeof scimPatchSchema>;
