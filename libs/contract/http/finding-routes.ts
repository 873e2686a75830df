import { z } from 'zod';
import { evidenceRefSchema, legalHoldSchema } from '../evidence.ts';
import { finderNameSchema, dependencySchema, excerptSchema, flowStepSchema, ignoreRequestSchema, locationSchema } from '../finding.ts';
import { findingStateSchema } from '../finding-state.ts';
import { limits } from '../limits.ts';
import { findingIdSchema, repositoryIdSchema, scanIdSchema, suppressionIdSchema } from '../ids.ts';
import { suppressedStateSchema } from '../suppression.ts';
import { vexJustificationSchema } from '../vex.ts';
import { confidenceSchema, severitySchema } from '../severity.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

export const findingSchema = z.object({
  id: findingIdSchema,
  repositoryId: repositoryIdSchema,
  analyzer: finderNameSchema,
  ruleId: z.string(),
  severity: severitySchema,
  confidence: confidenceSchema,
  score: z.int(),
  title: z.string(),
  path: z.string(),
  startLine: z.int(),
  state: findingStateSchema,
  /** Other analyzers and tools that see the same flaw; this row is told by the first of all. */
  alsoSeenBy: z.array(z.string()),
  firstSeenAt: instantSchema,
  lastScanId: scanIdSchema,
});
export type FindingView = z.infer<typeof findingSchema>;

/** The stored part that lists leave out. One schema for the database column and the answer. */
export const findingBodySchema = z.object({
  message: z.string(),
  remediation: z.string(),
  cwe: z.array(z.int()),
  references: z.array(z.string()),
  location: locationSchema,
  flow: z.array(flowStepSchema),
  excerpt: excerptSchema,
  scoreFactors: z.array(z.object({ name: z.string(), points: z.int() })),
  dependency: dependencySchema.optional(),
  /** What a comment beside it asks; nothing is suppressed by that. */
  ignore: ignoreRequestSchema.optional(),
});
export type FindingBody = z.infer<typeof findingBodySchema>;

/** What one analyzer or tool says of a finding. `live`: its last look saw it. A finding is fixed when no sighting of it lives. */
export const toolSightingSchema = z.object({
  tool: z.string(),
  ruleId: z.string(),
  ruleVersion: z.int(),
  live: z.boolean(),
  firstScanId: scanIdSchema,
  lastScanId: scanIdSchema,
  firstSeenAt: instantSchema,
  lastSeenAt: instantSchema,
});
/** The claim that keeps a finding quiet. */
export const claimNoteSchema = z.object({
  id: suppressionIdSchema,
  decision: suppressedStateSchema,
  reason: z.string(),
  justification: vexJustificationSchema.nullable(),
  signedBy: z.string(),
  expiresAt: instantSchema,
});
export type ClaimNote = z.infer<typeof claimNoteSchema>;

export const findingDetailSchema = findingSchema.extend({
  ruleVersion: z.int(),
  /** The one that tells the finding first. */
  sightings: z.array(toolSightingSchema).max(limits.sightingsShownMax),
  /** Where else the same secret stands, in any repository of the tenant. Told by a digest under the tenant's own key. */
  sameSecret: z
    .array(z.object({ id: findingIdSchema, repositoryId: repositoryIdSchema, path: z.string(), startLine: z.int() }))
    .max(limits.sightingsShownMax),
  /** The finding that this one turned out to be the same as. */
  joinedTo: findingIdSchema.nullable(),
  body: findingBodySchema,
  suppression: claimNoteSchema.nullable(),
  evidence: evidenceRefSchema.extend({
    /**
     * `verified`: the bytes were read back and their digest matches this record. `mismatch` and `missing` raise an alarm. `expired`: the
     * time for which it was kept had come.
     */
    state: z.enum(['verified', 'mismatch', 'missing', 'unavailable', 'expired']),
    merkleRoot: z.string(),
    retainUntil: instantSchema,
    objectKey: z.string(),
    objectVersion: z.string(),
    hold: legalHoldSchema,
    expiredAt: instantSchema.nullable(),
  }),
});
export type FindingDetailView = z.infer<typeof findingDetailSchema>;

export const listFindings = defineRoute({
  operationId: 'listFindings',
  method: 'GET',
  path: '/v1/findings',
  tag: 'findings',
  summary: 'Findings, worst first unless sorted otherwise',
  scope: 'read',
  needs: 'finding.list',
  query: z.strictObject({
    ...pageQuery,
    repositoryId: repositoryIdSchema.optional(),
    scanId: scanIdSchema.optional(),
    severity: severitySchema.optional(),
    analyzer: finderNameSchema.optional(),
    state: findingStateSchema.optional(),
    path: z.string().max(1024).optional(),
    ruleId: z.string().max(100).optional(),
    sort: z.enum(['-score', 'path']).default('-score'),
  }),
  answers: { 200: { description: 'A page of findings', schema: pageOf(findingSchema).extend({ total: z.int() }) } },
  problems: [400, 401],
});

export const getFinding = defineRoute({
  operationId: 'getFinding',
  method: 'GET',
  path: '/v1/findings/{findingId}',
  tag: 'findings',
  summary: 'One finding; its evidence is read back and verified for this answer',
  scope: 'read',
  needs: 'finding.read',
  params: z.strictObject({ findingId: findingIdSchema }),
  answers: { 200: { description: 'The finding', schema: findingDetailSchema } },
  problems: [400, 401, 404, 503],
});
