import { z } from 'zod';
import { coverageCertificateSchema } from '../coverage.ts';
import { legalHoldSchema } from '../evidence.ts';
import { archiveIdSchema, jobIdSchema, repositoryIdSchema, scanIdSchema } from '../ids.ts';
import { jobKindSchema, jobStateSchema } from '../jobs.ts';
import { limits } from '../limits.ts';
import { missingLayersSchema } from '../sandbox-message.ts';
import { scanOptionsSchema, scanProgressSchema, scanStageSchema, scanStateSchema } from '../scan.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

export const scanSchema = z.object({
  id: scanIdSchema,
  repositoryId: repositoryIdSchema,
  repositoryName: z.string(),
  state: scanStateSchema,
  stage: scanStageSchema,
  filesTotal: z.int(),
  filesDone: z.int(),
  findingCount: z.int(),
  errorCode: z.string().nullable(),
  createdAt: instantSchema,
  startedAt: instantSchema.nullable(),
  finishedAt: instantSchema.nullable(),
});
export type ScanView = z.infer<typeof scanSchema>;

/** Counts of the scan's findings by severity and the proof it was sealed with. */
export const scanDetailSchema = scanSchema.extend({
  options: scanOptionsSchema,
  coverage: coverageCertificateSchema.nullable(),
  /** In words, where a scan failed with `sandbox.layers_missing`: nothing was read and nothing ran. Empty otherwise. */
  missingLayers: missingLayersSchema,
  bySeverity: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int(), info: z.int() }),
  evidence: z.array(
    z.object({
      packId: z.string(),
      merkleRoot: z.string(),
      entryCount: z.int(),
      retainUntil: instantSchema,
      hold: legalHoldSchema,
      expiredAt: instantSchema.nullable(),
    }),
  ),
});
export type ScanDetailView = z.infer<typeof scanDetailSchema>;

const scanParams = z.strictObject({ scanId: scanIdSchema });

export const listScans = defineRoute({
  operationId: 'listScans',
  method: 'GET',
  path: '/v1/scans',
  tag: 'scans',
  summary: 'Scans, newest first',
  scope: 'read',
  needs: 'scan.list',
  query: z.strictObject({ ...pageQuery, repositoryId: repositoryIdSchema.optional(), state: scanStateSchema.optional() }),
  answers: { 200: { description: 'A page of scans', schema: pageOf(scanSchema) } },
  problems: [400, 401],
});

export const createScan = defineRoute({
  operationId: 'createScan',
  ci: 'repository',
  method: 'POST',
  path: '/v1/scans',
  tag: 'scans',
  summary: 'Ask for a scan of a repository, or of an archive that was uploaded for it',
  scope: 'write',
  needs: 'scan.start',
  body: z.strictObject({ repositoryId: repositoryIdSchema, archiveId: archiveIdSchema.optional(), options: scanOptionsSchema.default({}) }),
  answers: { 202: { description: 'The scan, queued', schema: scanSchema } },
  problems: [400, 401, 403, 404, 409, 503],
});

export const importResults = defineRoute({
  operationId: 'importResults',
  ci: 'repository',
  method: 'POST',
  path: '/v1/repositories/{repositoryId}/results',
  tag: 'scans',
  summary:
    'Import what other tools found: a SARIF 2.1.0 log, packed or not. It becomes a scan of its own, with the same history and triage',
  scope: 'write',
  needs: 'results.import',
  params: z.strictObject({ repositoryId: repositoryIdSchema }),
  raw: { mediaTypes: ['application/sarif+json', 'application/gzip', 'application/x-gzip'], bytesMax: limits.importBytesMax },
  answers: { 202: { description: 'The scan that records the results', schema: scanSchema } },
  problems: [400, 401, 403, 404, 409, 413, 415],
});

export const getScan = defineRoute({
  operationId: 'getScan',
  ci: 'scan',
  method: 'GET',
  path: '/v1/scans/{scanId}',
  tag: 'scans',
  summary: 'One scan with its coverage certificate and evidence',
  scope: 'read',
  needs: 'scan.read',
  params: scanParams,
  answers: { 200: { description: 'The scan', schema: scanDetailSchema } },
  problems: [400, 401, 404],
});

export const cancelScan = defineRoute({
  operationId: 'cancelScan',
  ci: 'scan',
  method: 'POST',
  path: '/v1/scans/{scanId}/cancel',
  tag: 'scans',
  summary: 'Cancel a scan that has not ended',
  scope: 'write',
  needs: 'scan.cancel',
  params: scanParams,
  answers: { 202: { description: 'The scan', schema: scanSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const streamScan = defineRoute({
  operationId: 'streamScan',
  ci: 'scan',
  method: 'GET',
  path: '/v1/scans/{scanId}/events',
  tag: 'scans',
  summary: 'Live progress as server-sent events; continues from Last-Event-ID; ends after the scan does',
  scope: 'read',
  needs: 'scan.read',
  params: scanParams,
  answers: {
    200: { description: 'Events named `progress`, data as in the schema', schema: scanProgressSchema, contentType: 'text/event-stream' },
  },
  problems: [400, 401, 404, 429],
});

export const jobSchema = z.object({
  id: jobIdSchema,
  kind: jobKindSchema,
  state: jobStateSchema,
  attempts: z.int(),
  errorCode: z.string().nullable(),
  createdAt: instantSchema,
  finishedAt: instantSchema.nullable(),
});
export type JobView = z.infer<typeof jobSchema>;

export const listJobs = defineRoute({
  operationId: 'listJobs',
  method: 'GET',
  path: '/v1/jobs',
  tag: 'scans',
  summary: 'Jobs by state, newest first; `state=dead` is the dead-letter list',
  scope: 'read',
  needs: 'job.list',
  query: z.strictObject({ ...pageQuery, state: jobStateSchema.optional() }),
  answers: { 200: { description: 'A page of jobs', schema: pageOf(jobSchema) } },
  problems: [400, 401],
});
