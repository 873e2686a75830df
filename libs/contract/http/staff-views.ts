import { z } from 'zod';
import { elevationIdSchema, staffIdSchema, tenantIdSchema } from '../ids.ts';
import { accessScopeSchema } from './access-routes.ts';
import { instantSchema } from './page.ts';

// What the program of the operator's staff answers to its own page. No route of the customers' API stands here.

/** Who is signed in, and with what they could. */
export const staffSelfSchema = z.object({
  person: z.object({ id: staffIdSchema, name: z.string() }),
  expiresAt: instantSchema,
  passkeys: z.array(z.object({ id: z.uuid(), name: z.string() })),
});
export type StaffSelfView = z.infer<typeof staffSelfSchema>;

/** An elevation as staff see it: nothing in it is the tenant's. */
export const staffElevationSchema = z.object({
  id: elevationIdSchema,
  tenantId: tenantIdSchema,
  person: z.object({ id: staffIdSchema, name: z.string() }),
  /** It is for this very login. */
  ofThisLogin: z.boolean(),
  scope: accessScopeSchema,
  ticket: z.string(),
  reason: z.string(),
  minutes: z.int(),
  /** The tenant's own people must agree. */
  ownApproval: z.boolean(),
  agreed: z.boolean(),
  approvedBy: z.string().nullable(),
  lapsesAt: instantSchema,
  startedAt: instantSchema.nullable(),
  expiresAt: instantSchema.nullable(),
  endedAt: instantSchema.nullable(),
});
export type StaffElevationView = z.infer<typeof staffElevationSchema>;
export const staffElevationsSchema = z.object({ items: z.array(staffElevationSchema) });

/** Who waits to be let in, and who there is to say it of. */
export const staffEnrolmentsSchema = z.object({
  items: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      personId: staffIdSchema.nullable(),
      firstBy: staffIdSchema.nullable(),
      secondBy: staffIdSchema.nullable(),
      expiresAt: instantSchema,
    }),
  ),
  people: z.array(z.object({ id: staffIdSchema, name: z.string(), state: z.enum(['active', 'left']), passkeys: z.int() })),
});
export type StaffEnrolmentsView = z.infer<typeof staffEnrolmentsSchema>;

const ofTenant = {
  tenant: z.object({ id: tenantIdSchema, name: z.string(), createdAt: instantSchema, logSize: z.int().nullable() }),
  expiresAt: instantSchema,
};

/** What an elevation for metadata shows. */
export const staffMetadataSchema = z.object({
  ...ofTenant,
  repositories: z.array(z.object({ id: z.uuid(), name: z.string(), createdAt: instantSchema })),
  scans: z.array(
    z.object({
      id: z.uuid(),
      repositoryId: z.uuid(),
      state: z.string(),
      stage: z.string(),
      findingCount: z.int(),
      errorCode: z.string().nullable(),
      createdAt: instantSchema,
      finishedAt: instantSchema.nullable(),
    }),
  ),
  jobs: z.array(
    z.object({
      id: z.uuid(),
      kind: z.string(),
      state: z.string(),
      attempts: z.int(),
      errorCode: z.string().nullable(),
      createdAt: instantSchema,
    }),
  ),
});
export type StaffMetadata = z.infer<typeof staffMetadataSchema>;

/** What an elevation for findings shows beyond that: the worst of them. */
export const staffFindingsSchema = z.object({
  ...ofTenant,
  findings: z.array(
    z.object({
      id: z.uuid(),
      repositoryId: z.uuid(),
      ruleId: z.string(),
      severity: z.int(),
      score: z.int(),
      title: z.string(),
      path: z.string(),
      startLine: z.int(),
      state: z.string(),
      firstSeenAt: instantSchema,
    }),
  ),
});
export type StaffFindings = z.infer<typeof staffFindingsSchema>;

/** What an elevation for evidence shows beyond that: digests and dates of what was sealed last. */
export const staffEvidenceSchema = z.object({
  ...ofTenant,
  packs: z.array(
    z.object({
      id: z.uuid(),
      scanId: z.uuid(),
      bytes: z.int(),
      sha256: z.string(),
      entryCount: z.int(),
      sealedAt: instantSchema,
      retainUntil: instantSchema,
    }),
  ),
});
export type StaffEvidence = z.infer<typeof staffEvidenceSchema>;
