import { z } from 'zod';
import { eventIdSchema, sha256Schema } from '../ids.ts';
import { defineRoute } from './route.ts';

/** One entry and its proof. `entry`: the text whose UTF-8 bytes are the leaf. `proof`: a C2SP tlog-proof, checked with `verifierKey`. */
export const eventProofSchema = z.object({
  eventId: eventIdSchema,
  index: z.int().min(0),
  leafHash: sha256Schema,
  entry: z.string(),
  proof: z.string(),
  verifierKey: z.string(),
});
export type EventProofView = z.infer<typeof eventProofSchema>;

export const proveEvent = defineRoute({
  operationId: 'proveEvent',
  method: 'GET',
  path: '/v1/audit/events/{eventId}/proof',
  tag: 'audit',
  summary: 'One event with a self-contained proof (C2SP tlog-proof) that it is in the log that the checkpoint signs',
  scope: 'admin',
  needs: 'audit.prove',
  params: z.strictObject({ eventId: eventIdSchema }),
  answers: { 200: { description: 'The event and its proof', schema: eventProofSchema } },
  problems: [400, 401, 403, 404, 409],
});

/** Where the tenant's log stands in the log of logs. `entry`: text of the checkpoint that is counted there. */
export const logProofSchema = z.object({
  index: z.int().min(0),
  size: z.int().min(1),
  entry: z.string(),
  proof: z.string(),
  verifierKey: z.string(),
});
export type LogProofView = z.infer<typeof logProofSchema>;

export const proveLog = defineRoute({
  operationId: 'proveLog',
  method: 'GET',
  path: '/v1/audit/log-proof',
  tag: 'audit',
  summary: "Proof that this log's checkpoint is counted in the log over all tenants' logs, and that log's own head",
  scope: 'read',
  needs: 'audit.prove',
  answers: { 200: { description: 'The checkpoint and its proof', schema: logProofSchema } },
  problems: [401, 409],
});

export const erasePersonal = defineRoute({
  operationId: 'erasePersonal',
  method: 'POST',
  path: '/v1/audit/erasures',
  tag: 'audit',
  summary: "Destroy the key of a person's data in the log: it can be read by nobody any more; every entry stays and verifies as before",
  scope: 'admin',
  needs: 'audit.erase-personal',
  body: z.strictObject({ subject: z.string().min(1).max(200) }),
  answers: { 200: { description: 'Whether there was anything to erase', schema: z.object({ erased: z.boolean() }) } },
  problems: [400, 401, 403],
});
