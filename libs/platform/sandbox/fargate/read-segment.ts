import { createHash } from 'node:crypto';
import { limits, segmentHeaderSchema, type TaskEnding } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';

/** The payload of a segment and, in the last one, how the task ended. */
export type Segment = { readonly payload: Uint8Array; readonly ending: TaskEnding | undefined };

/** Which segment it has to be. */
export type ExpectedSegment = { readonly run: string; readonly index: number };

/** Bytes of an object that may be a segment: its header line and the largest payload. */
export const segmentObjectBytesMax = limits.taskSegmentBytesMax + limits.draftLineBytesMax;

const newline = 10;

/**
 * Takes a segment apart and checks that it is the one that has to come now: of this attempt, at this place, whole. Pure.
 * Errors: what is wrong with it, in words.
 */
export function readSegment(object: Uint8Array, expected: ExpectedSegment): Result<Segment, string> {
  const end = object.indexOf(newline);
  if (end < 0 || end > limits.draftLineBytesMax) return err('a segment without a header');
  const header = segmentHeaderSchema.safeParse(parseJson(object.subarray(0, end)));
  if (!header.success) return err('a segment whose header fits no schema');
  const { run, index, bytes, sha256, ending } = header.data;
  if (run !== expected.run) return err('a segment of another run');
  if (index !== expected.index) return err('a segment out of place');
  const payload = object.subarray(end + 1);
  if (payload.byteLength !== bytes) return err('a segment of another length than it says');
  if (createHash('sha256').update(payload).digest('hex') !== sha256) return err('a segment of another digest than it says');
  return ok({ payload, ending });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
