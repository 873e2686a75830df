import { z } from 'zod';
import { actorSchema } from '../audit.ts';
import { decidedStateSchema, findingStateSchema } from '../finding-state.ts';
import { findingActIdSchema, findingIdSchema, scanIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { findingSchema } from './finding-routes.ts';
import { defineRoute } from './route.ts';

const commentSchema = z
  .string()
  .trim()
  .min(1)
  .max(limits.commentCharsMax)
  .refine((text) => !text.includes('\u0000'), 'contains NUL');

/** One thing that happened to a finding: its state moved, somebody said something, or both at once. */
export const findingActSchema = z.object({
  id: findingActIdSchema,
  at: instantSchema,
  actor: z.object({ type: actorSchema.shape.type, id: z.string() }),
  fromState: findingStateSchema.nullable(),
  toState: findingStateSchema.nullable(),
  comment: z.string().nullable(),
  scanId: scanIdSchema.nullable(),
});
export type FindingActView = z.infer<typeof findingActSchema>;

const findingParams = z.strictObject({ findingId: findingIdSchema });

export const decideFinding = defineRoute({
  operationId: 'decideFinding',
  method: 'POST',
  path: '/v1/findings/{findingId}/decision',
  tag: 'findings',
  summary: 'Decide where a finding stands; `open` takes a decision back',
  scope: 'write',
  needs: 'finding.decide',
  params: findingParams,
  body: z.strictObject({ state: decidedStateSchema, comment: commentSchema.optional() }),
  answers: { 200: { description: 'The finding as it stands now', schema: findingSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const decideFindings = defineRoute({
  operationId: 'decideFindings',
  method: 'POST',
  path: '/v1/findings/decisions',
  tag: 'findings',
  summary: 'Decide about many findings at once, all or none; `count` repeats how many, as the person confirmed it',
  scope: 'write',
  needs: 'finding.decide',
  body: z.strictObject({
    findingIds: z.array(findingIdSchema).min(1).max(limits.findingsPerDecisionMax),
    count: z.int(),
    state: decidedStateSchema,
    comment: commentSchema.optional(),
  }),
  answers: {
    200: {
      description: 'How many were changed; what was fixed meanwhile or stood so already is left as it is',
      schema: z.object({ changed: z.int(), unchanged: z.int() }),
    },
  },
  problems: [400, 401, 403, 404, 409],
});

export const commentFinding = defineRoute({
  operationId: 'commentFinding',
  method: 'POST',
  path: '/v1/findings/{findingId}/comments',
  tag: 'findings',
  summary: 'Say something about a finding; it stays in its history',
  scope: 'write',
  needs: 'finding.comment',
  params: findingParams,
  body: z.strictObject({ comment: commentSchema }),
  answers: { 201: { description: 'What was said, as it stands in the history', schema: findingActSchema } },
  problems: [400, 401, 403, 404],
});

export const listFindingActs = defineRoute({
  operationId: 'listFindingActs',
  method: 'GET',
  path: '/v1/findings/{findingId}/history',
  tag: 'findings',
  summary: 'What happened to a finding, newest first',
  scope: 'read',
  needs: 'finding.read-history',
  params: findingParams,
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of its history', schema: pageOf(findingActSchema) } },
  problems: [400, 401, 404],
});
