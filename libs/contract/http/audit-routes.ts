import { z } from 'zod';
import { auditEventSchema } from '../audit.ts';
import { sha256Schema } from '../ids.ts';
import { pageOf, pageQuery } from './page.ts';
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
