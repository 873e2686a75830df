import { z } from 'zod';
import { analyzerNameSchema } from './finding.ts';
import { sha256Schema } from './ids.ts';
import { limits } from './limits.ts';

/**
 * What a sandbox task somewhere else is told, and what it tells: objects in a transfer bucket, each reached by one short-lived URL. The task
 * holds no credentials. It writes only where it was granted a URL, and gives up when nobody grants any more.
 */

/** A URL that is its own permission, for one object and one method. HTTPS, except on the loopback. */
export const presignedUrlSchema = z
  .url({ protocol: /^https?$/u })
  .max(limits.presignedUrlCharsMax)
  .refine((text) => text.startsWith('https://') || /^http:\/\/127\.0\.0\.1[:/]/u.test(text), 'needs HTTPS');

/** One attempt at one scan. Everything of the attempt carries it, so that nothing of another attempt is ever taken for it. */
export const taskRunSchema = z.uuid();

/** Leave to write the next segments, and where the leave after this one will lie. Units: ms. */
export const taskGrantSchema = z.strictObject({
  v: z.literal(1),
  run: taskRunSchema,
  index: z.int().min(0),
  validMs: z.int().min(1),
  segments: z
    .array(z.strictObject({ index: z.int().min(0).max(limits.taskSegmentsMax), url: presignedUrlSchema }))
    .min(1)
    .max(limits.taskSegmentsAhead),
  next: presignedUrlSchema,
});
export type TaskGrant = z.infer<typeof taskGrantSchema>;

/** The whole order of a task. Units: ms, bytes. */
export const taskOrderSchema = z.strictObject({
  v: z.literal(1),
  run: taskRunSchema,
  analyzers: z.array(analyzerNameSchema).min(1),
  wallMs: z.int().min(1).max(limits.scanWallMsMax),
  tree: z.strictObject({
    url: presignedUrlSchema,
    bytes: z.int().min(1).max(limits.taskTreeBytesMax),
    /** SHA-256 of `manifest.json`, which names the tree; the manifest in turn names the digest of every blob. */
    manifestSha256: sha256Schema,
  }),
  grant: taskGrantSchema,
});
export type TaskOrder = z.infer<typeof taskOrderSchema>;

/** Why a task could not do what it was told. */
export const taskFailures = ['tree_unavailable', 'tree_altered', 'sandbox_failed'] as const;

/** How a task ended, in its own words: in the header of its last segment. */
export const taskEndingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ended'),
    ending: z.enum(['finished', 'timed_out', 'cancelled', 'crashed', 'escape_attempt', 'protocol_error']),
    detail: z.string().max(limits.noteCharsMax),
    stderrBytes: z.int().min(0),
  }),
  z.strictObject({ kind: z.literal('refused'), missing: z.array(z.string().max(200)).min(1).max(50) }),
  z.strictObject({ kind: z.literal('failed'), failure: z.enum(taskFailures), detail: z.string().max(limits.noteCharsMax) }),
]);
export type TaskEnding = z.infer<typeof taskEndingSchema>;

/**
 * First line of a segment; after it come `bytes` bytes: whole lines of `sandboxLineSchema`, or none (a sign of life). Segments are read in
 * the order of their index, each once.
 */
export const segmentHeaderSchema = z.strictObject({
  v: z.literal(1),
  run: taskRunSchema,
  index: z.int().min(0).max(limits.taskSegmentsMax),
  bytes: z.int().min(0).max(limits.taskSegmentBytesMax),
  sha256: sha256Schema,
  ending: taskEndingSchema.optional(),
});
export type SegmentHeader = z.infer<typeof segmentHeaderSchema>;

/** Exit codes of a task. Above 128 a signal: 137 SIGKILL, 159 SIGSYS. Source: sysexits.h. */
export const taskExits = { reported: 0, failed: 70, gaveUp: 75, refused: 78, escapeAttempt: 159 } as const;
