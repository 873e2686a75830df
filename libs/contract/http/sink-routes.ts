import { z } from 'zod';
import { sinkIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { sinkTargetSchema } from '../sink.ts';
import { instantSchema } from './page.ts';
import { defineRoute } from './route.ts';

/** `next`: index of the entry that is delivered next; all before it were taken. `failures`: deliveries in a row that were not. */
export const sinkSchema = z.object({
  id: sinkIdSchema,
  target: sinkTargetSchema,
  next: z.int().min(0),
  failures: z.int().min(0),
  errorCode: z.string().nullable(),
  failedAt: instantSchema.nullable(),
  deliveredAt: instantSchema.nullable(),
  createdAt: instantSchema,
  state: z.enum(['active', 'leaving']),
  /** Until then one that is leaving may be brought back. */
  leavesAt: instantSchema.nullable(),
});
export type SinkView = z.infer<typeof sinkSchema>;

/** `size`: of the log, so that `size - next` entries are on their way. */
export const sinksSchema = z.object({ sinks: z.array(sinkSchema).max(limits.auditSinksMax), size: z.int().min(0) });
export type SinksView = z.infer<typeof sinksSchema>;

export const listSinks = defineRoute({
  operationId: 'listSinks',
  method: 'GET',
  path: '/v1/audit/sinks',
  tag: 'audit',
  summary: 'Where this log is streamed to, how far each stream is, and what the last failure was',
  scope: 'read',
  needs: 'audit.read-sinks',
  answers: { 200: { description: 'The sinks', schema: sinksSchema } },
  problems: [401],
});

export const addSink = defineRoute({
  operationId: 'addSink',
  method: 'POST',
  path: '/v1/audit/sinks',
  tag: 'audit',
  summary: 'Stream this log to a webhook, a Splunk event collector, a syslog server or a bucket: in order, each entry at least once',
  scope: 'admin',
  needs: 'audit.configure-sinks',
  body: z.strictObject({
    target: sinkTargetSchema,
    /** Signing key of a webhook (`whsec_` and base64), token of a collector. It is never shown again. */
    secret: z.string().min(8).max(500).optional(),
    /** Index of the first entry to deliver. */
    from: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  }),
  answers: { 201: { description: 'The sink', schema: z.object({ id: sinkIdSchema }) } },
  problems: [400, 401, 403, 409],
});

export const removeSink = defineRoute({
  operationId: 'removeSink',
  method: 'DELETE',
  path: '/v1/audit/sinks/{sinkId}',
  tag: 'audit',
  summary: 'Stream there no more; its secret is destroyed after five minutes, and it may be brought back until then',
  scope: 'admin',
  needs: 'audit.configure-sinks',
  params: z.strictObject({ sinkId: sinkIdSchema }),
  answers: { 204: { description: 'Nothing more is delivered there' } },
  problems: [400, 401, 403, 404],
});

export const restoreSink = defineRoute({
  operationId: 'restoreSink',
  method: 'POST',
  path: '/v1/audit/sinks/{sinkId}/restoration',
  tag: 'audit',
  summary: 'Bring a stream back that is leaving; it goes on where it was',
  scope: 'admin',
  needs: 'audit.configure-sinks',
  params: z.strictObject({ sinkId: sinkIdSchema }),
  answers: { 204: { description: 'Entries are delivered there again' } },
  problems: [400, 401, 403, 404, 409],
});
