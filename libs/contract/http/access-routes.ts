import { z } from 'zod';
import { elevationIdSchema, staffIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

/** How far an elevation reaches; each has what is before it. */
export const accessScopes = ['metadata', 'findings', 'evidence'] as const;
export const accessScopeSchema = z.enum(accessScopes);
export type AccessScope = z.infer<typeof accessScopeSchema>;

/** One time that somebody of the operator's staff asked to reach this tenant, and what came of it. */
export const elevationSchema = z.object({
  id: elevationIdSchema,
  person: z.object({ id: staffIdSchema, name: z.string() }),
  scope: accessScopeSchema,
  ticket: z.string(),
  reason: z.string(),
  minutes: z.int(),
  /** `over`: ended by somebody, expired, or never agreed to in time. */
  state: z.enum(['waiting', 'active', 'over']),
  /** It does not begin without a person of the tenant's own. */
  ownApproval: z.boolean(),
  /** The second person of staff. */
  approvedBy: z.string().nullable(),
  agreedBy: z.string().nullable(),
  createdAt: instantSchema,
  lapsesAt: instantSchema,
  startedAt: instantSchema.nullable(),
  expiresAt: instantSchema.nullable(),
  endedAt: instantSchema.nullable(),
  endedBy: z.enum(['customer', 'staff', 'time']).nullable(),
  /** How often something was read by it; each time is an entry of the audit log. */
  reads: z.int(),
});
export type ElevationView = z.infer<typeof elevationSchema>;

const staffReadSchema = z.object({ what: z.string(), targetId: z.uuid().nullable(), at: instantSchema });
export type StaffRead = z.infer<typeof staffReadSchema>;
const ruleSchema = z.object({ ownApproval: z.boolean() });
const ofElevation = z.strictObject({ elevationId: elevationIdSchema });

export const listElevations = defineRoute({
  operationId: 'listElevations',
  method: 'GET',
  path: '/v1/access',
  tag: 'operator access',
  summary: "Who of the operator's staff asked to reach this tenant, newest first",
  scope: 'read',
  needs: 'access.list',
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of elevations', schema: pageOf(elevationSchema) } },
  problems: [400, 401],
});

export const listAccessReads = defineRoute({
  operationId: 'listAccessReads',
  method: 'GET',
  path: '/v1/access/{elevationId}/reads',
  tag: 'operator access',
  summary: 'What was read by an elevation, newest first',
  scope: 'read',
  needs: 'access.list',
  params: ofElevation,
  answers: { 200: { description: 'Reads', schema: z.object({ items: z.array(staffReadSchema).max(limits.staffReadsListedMax) }) } },
  problems: [400, 401, 404],
});

export const revokeElevation = defineRoute({
  operationId: 'revokeElevation',
  method: 'POST',
  path: '/v1/access/{elevationId}/revocation',
  tag: 'operator access',
  summary: 'End an elevation, or refuse one that waits; the next row that staff ask for does not show',
  scope: 'write',
  needs: 'access.revoke',
  params: ofElevation,
  answers: { 204: { description: 'It is over' } },
  problems: [400, 401, 403, 404],
});

export const agreeToElevation = defineRoute({
  operationId: 'agreeToElevation',
  method: 'POST',
  path: '/v1/access/{elevationId}/agreement',
  tag: 'operator access',
  summary: 'Agree, for the tenant, to an elevation that waits for its own people',
  scope: 'admin',
  needs: 'access.agree',
  presence: 'if-any',
  params: ofElevation,
  answers: { 204: { description: 'Agreed; it begins unless staff have still to agree' } },
  problems: [400, 401, 403, 404],
});

export const getAccessRule = defineRoute({
  operationId: 'getAccessRule',
  method: 'GET',
  path: '/v1/access-rule',
  tag: 'operator access',
  summary: 'Whether no elevation begins without a person of the tenant',
  scope: 'read',
  needs: 'access.list',
  answers: { 200: { description: 'The rule', schema: ruleSchema } },
  problems: [401],
});

export const setAccessRule = defineRoute({
  operationId: 'setAccessRule',
  method: 'POST',
  path: '/v1/access-rule',
  tag: 'operator access',
  summary: 'Demand a person of the tenant for each elevation that has not begun yet, or no longer',
  scope: 'admin',
  needs: 'access.set-rule',
  presence: 'if-any',
  body: z.strictObject({ ownApproval: z.boolean() }),
  answers: { 200: { description: 'The rule', schema: ruleSchema } },
  problems: [400, 401, 403],
});
