import { z } from 'zod';
import { legalHoldSchema } from '../evidence.ts';
import { alarmIdSchema, findingIdSchema, packIdSchema, scanIdSchema } from '../ids.ts';
import { limits } from '../limits.ts';
import { instantSchema, pageOf, pageQuery } from './page.ts';
import { defineRoute } from './route.ts';

export const alarmKindSchema = z.enum(['evidence.mismatch', 'evidence.missing']);

/** Stored evidence is not what was sealed, or is gone before its date. `times` counts how often that was seen. */
export const alarmSchema = z.object({
  id: alarmIdSchema,
  kind: alarmKindSchema,
  reason: z.string(),
  packId: packIdSchema,
  findingId: findingIdSchema.nullable(),
  raisedAt: instantSchema,
  seenAt: instantSchema,
  times: z.int(),
  acknowledgedAt: instantSchema.nullable(),
  acknowledgedBy: z.string().nullable(),
});
export type AlarmView = z.infer<typeof alarmSchema>;

/** How one pack of a scan is kept. `retainUntil` and `held` are what the object store has confirmed; the rest is on its way there. */
export const keptPackSchema = z.object({
  packId: packIdSchema,
  retainUntil: instantSchema,
  retainWanted: instantSchema.nullable(),
  hold: legalHoldSchema,
  holdReason: z.string().nullable(),
  expiredAt: instantSchema.nullable(),
});
export const keptEvidenceSchema = z.object({ scanId: scanIdSchema, packs: z.array(keptPackSchema).max(limits.packsPerScanMax) });
export type KeptEvidence = z.infer<typeof keptEvidenceSchema>;

const scanParams = z.strictObject({ scanId: scanIdSchema });

export const listAlarms = defineRoute({
  operationId: 'listAlarms',
  method: 'GET',
  path: '/v1/alarms',
  tag: 'evidence',
  summary: 'Alarms about stored evidence, newest first; open ones unless asked otherwise',
  scope: 'read',
  needs: 'alarm.list',
  query: z.strictObject({ ...pageQuery, state: z.enum(['open', 'all']).default('open') }),
  answers: { 200: { description: 'A page of alarms', schema: pageOf(alarmSchema) } },
  problems: [400, 401],
});

export const acknowledgeAlarm = defineRoute({
  operationId: 'acknowledgeAlarm',
  method: 'POST',
  path: '/v1/alarms/{alarmId}/acknowledge',
  tag: 'evidence',
  summary: 'Acknowledge an alarm: for a person who is signed in, never for a token',
  scope: 'write',
  needs: 'alarm.acknowledge',
  params: z.strictObject({ alarmId: alarmIdSchema }),
  answers: { 200: { description: 'The alarm', schema: alarmSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const holdEvidence = defineRoute({
  operationId: 'holdEvidence',
  method: 'POST',
  path: '/v1/scans/{scanId}/evidence/hold',
  tag: 'evidence',
  summary: "Put a scan's evidence under legal hold: it is kept whatever its date until the hold is lifted",
  scope: 'admin',
  needs: 'evidence.hold',
  params: scanParams,
  body: z.strictObject({ reason: z.string().trim().min(1).max(limits.noteCharsMax) }),
  answers: { 202: { description: 'What is wanted, and on its way to the object store', schema: keptEvidenceSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const releaseEvidence = defineRoute({
  operationId: 'releaseEvidence',
  method: 'POST',
  path: '/v1/scans/{scanId}/evidence/release',
  tag: 'evidence',
  summary: "Lift the legal hold on a scan's evidence; its dates stay as they are",
  scope: 'admin',
  needs: 'evidence.release',
  params: scanParams,
  answers: { 202: { description: 'What is wanted, and on its way to the object store', schema: keptEvidenceSchema } },
  problems: [400, 401, 403, 404, 409],
});

export const extendEvidence = defineRoute({
  operationId: 'extendEvidence',
  method: 'POST',
  path: '/v1/scans/{scanId}/evidence/extend',
  tag: 'evidence',
  summary: "Keep a scan's evidence longer. A date never moves closer, for anyone",
  scope: 'admin',
  needs: 'evidence.extend',
  params: scanParams,
  body: z.strictObject({ retainUntil: z.iso.datetime({ precision: 3 }) }),
  answers: { 202: { description: 'What is wanted, and on its way to the object store', schema: keptEvidenceSchema } },
  problems: [400, 401, 403, 404, 409],
});
