import { z } from 'zod';
import { auditActionSchema, auditEventSchema } from '../audit.ts';
import { exportIdSchema, sha256Schema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

/** One leaf of the log: its place, the hash of its bytes, and the event that the bytes say. */
export const auditEntrySchema = z.object({ index: z.int().min(0), leafHash: sha256Schema, event: auditEventSchema });
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

export const listAuditEntries = defineRoute({
  operationId: 'listAuditEntries',
  method: 'GET',
  path: '/v1/audit/entries',
  tag: 'audit',
  summary: 'The audit log, newest first',
  scope: 'admin',
  needs: 'audit.list',
  query: z.strictObject(pageQuery),
  answers: { 200: { description: 'A page of entries', schema: pageOf(auditEntrySchema) } },
  problems: [400, 401, 403, 503],
});

export const auditHeadSchema = z.object({
  size: z.int().min(0),
  root: sha256Schema,
  checkpoint: z.string(),
  verifierKey: z.string(),
  pending: z.int().min(0),
});
export type AuditHeadView = z.infer<typeof auditHeadSchema>;

export const getAuditHead = defineRoute({
  operationId: 'getAuditHead',
  method: 'GET',
  path: '/v1/audit/head',
  tag: 'audit',
  summary: 'Signed checkpoint of the log (C2SP signed note) and the key that verifies it',
  scope: 'read',
  needs: 'audit.read-head',
  answers: { 200: { description: 'The head', schema: auditHeadSchema } },
  problems: [401],
});

export const verifyAudit = defineRoute({
  operationId: 'verifyAudit',
  method: 'POST',
  path: '/v1/audit/verify',
  tag: 'audit',
  summary: 'Re-derive the whole log from its entries and compare it with the signed checkpoint',
  scope: 'admin',
  needs: 'audit.verify',
  answers: {
    200: {
      description: 'What the check found',
      schema: z.object({
        ok: z.boolean(),
        size: z.int(),
        root: sha256Schema,
        failedIndex: z.int().nullable(),
        reason: z.string().nullable(),
      }),
    },
  },
  problems: [401, 403],
});

/** One leaf of the log as a collector keeps it: `entry` is the text whose UTF-8 bytes were hashed. */
export const auditLeafSchema = z.object({ index: z.int().min(0), leafHash: sha256Schema, entry: z.string() });
export type AuditLeafView = z.infer<typeof auditLeafSchema>;

export const readAuditLog = defineRoute({
  operationId: 'readAuditLog',
  method: 'GET',
  path: '/v1/audit/log',
  tag: 'audit',
  summary: 'The log from an index on, oldest first, for collectors: ask again with `next`. The same index always gives the same entry',
  scope: 'admin',
  needs: 'audit.read-log',
  query: z.strictObject({
    from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    limit: z.coerce.number().int().min(1).max(limits.auditFeedPageMax).default(limits.auditFeedPageMax),
  }),
  answers: {
    200: {
      description: 'Entries without a gap; `next` is where the following page begins; `size` and `checkpoint` are those of the log now',
      schema: z.object({ items: z.array(auditLeafSchema), next: z.int(), size: z.int(), checkpoint: z.string() }),
    },
  },
  problems: [400, 401, 403],
});

const idText = z.string().min(1).max(100);

/** Which events an export is about. Members that are absent do not narrow. `from` is inside, `to` is outside. */
export const auditFilterSchema = z.strictObject({
  actions: z.array(auditActionSchema).min(1).max(100).optional(),
  actorId: idText.optional(),
  targetId: idText.optional(),
  outcome: z.enum(['success', 'failure', 'denied']).optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
});

/** `jsonl` is the hashed bytes; the others are derived and carry leaf index and leaf hash. */
export const auditViewNames = ['jsonl', 'csv', 'ocsf', 'parquet'] as const;

export const auditExportSchema = z.object({
  id: exportIdSchema,
  state: z.enum(['running', 'ready', 'failed']),
  filter: auditFilterSchema,
  views: z.array(z.enum(auditViewNames)),
  /** Entries of the log that it is of, and how many of them have been read. */
  size: z.int(),
  done: z.int(),
  matched: z.int().nullable(),
  bytes: z.int().nullable(),
  errorCode: z.string().nullable(),
  createdAt: instantSchema,
  finishedAt: instantSchema.nullable(),
  expiresAt: instantSchema.nullable(),
});
export type AuditExportView = z.infer<typeof auditExportSchema>;

export const createAuditExport = defineRoute({
  operationId: 'createAuditExport',
  method: 'POST',
  path: '/v1/audit/exports',
  tag: 'audit',
  summary: 'Ask for a bundle of the log that anybody can verify offline; a filter makes it a selection whose rows are each proved',
  scope: 'admin',
  needs: 'audit.export',
  whileClosing: true,
  body: z.strictObject({
    filter: auditFilterSchema.default({}),
    views: z.array(z.enum(auditViewNames)).max(auditViewNames.length).default(['jsonl', 'csv']),
    proofs: z.array(z.int().min(0)).max(limits.exportProofsMax).default([]),
  }),
  answers: { 202: { description: 'The export, at work', schema: auditExportSchema } },
  problems: [400, 401, 403, 409],
});

const exportParams = z.strictObject({ exportId: exportIdSchema });

export const getAuditExport = defineRoute({
  operationId: 'getAuditExport',
  method: 'GET',
  path: '/v1/audit/exports/{exportId}',
  tag: 'audit',
  summary: 'How far an export is',
  scope: 'admin',
  needs: 'audit.export',
  whileClosing: true,
  params: exportParams,
  answers: { 200: { description: 'The export', schema: auditExportSchema } },
  problems: [400, 401, 403, 404],
});

export const downloadAuditExport = defineRoute({
  operationId: 'downloadAuditExport',
  method: 'GET',
  path: '/v1/audit/exports/{exportId}/bundle',
  tag: 'audit',
  summary: 'The bundle, one tar; its SHA-256 follows it, as the trailer `repr-digest`',
  scope: 'admin',
  needs: 'audit.export',
  whileClosing: true,
  params: exportParams,
  answers: { 200: { description: 'A tar archive', contentType: 'application/x-tar' } },
  problems: [400, 401, 403, 404, 409],
});
