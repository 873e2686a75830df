import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { findingDraftSchema, limits, type FindingDraft } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';

export type DraftsError = { readonly code: 'findings.drafts_missing' | 'findings.drafts_altered' | 'findings.drafts_invalid' };

/**
 * Reads the drafts that `scan.analyze` left, one per fingerprint, in their order. The bytes are held to the digest of the scan's row before
 * any of them counts: whatever else is wrong with a file of other bytes, it was altered.
 * Bounds: `draftLineBytesMax`, `draftStreamBytesMax`, `findingsPerScanMax`.
 */
export async function readDrafts(file: string, sha256: string | null): Promise<Result<readonly FindingDraft[], DraftsError>> {
  const hash = createHash('sha256');
  const drafts = new Map<string, FindingDraft>();
  const lines = splitBounded();
  let valid = true;
  let bytes = 0;
  try {
    // the stream closes its file however this loop is left
    for await (const chunk of bytesOf(file)) {
      bytes += chunk.length;
      if (bytes > limits.draftStreamBytesMax) return err({ code: 'findings.drafts_altered' }); // the writer holds this bound
      hash.update(chunk);
      for (const line of valid ? lines.push(chunk) : []) {
        valid &&= keep(drafts, line);
      }
    }
  } catch (error) {
    if (isAbsence(error)) return err({ code: 'findings.drafts_missing' });
    throw error;
  }
  if (hash.digest('hex') !== sha256) return err({ code: 'findings.drafts_altered' });
  return valid && lines.isWhole() ? ok([...drafts.values()]) : err({ code: 'findings.drafts_invalid' });
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) yield chunk;
}

type Lines = { readonly push: (chunk: Buffer) => readonly (Buffer | undefined)[]; readonly isWhole: () => boolean };

/** Whole lines of a stream; undefined stands for one that is longer than a draft may be, which is not kept. */
function splitBounded(): Lines {
  let rest: Buffer[] = [];
  let restBytes = 0;
  return {
    push: (chunk) => {
      const lines: (Buffer | undefined)[] = [];
      let start = 0;
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
        lines.push(Buffer.concat([...rest, chunk.subarray(start, end)]));
        rest = [];
        restBytes = 0;
        start = end + 1;
      }
      restBytes += chunk.length - start;
      if (restBytes > limits.draftLineBytesMax) return [...lines, undefined];
      if (start < chunk.length) rest.push(chunk.subarray(start));
      return lines;
    },
    isWhole: () => restBytes === 0,
  };
}

const newline = 0x0a;

/** Answers false when the line is no draft. Of drafts with one fingerprint the first stays. */
function keep(drafts: Map<string, FindingDraft>, line: Buffer | undefined): boolean {
  const draft = line === undefined ? undefined : findingDraftSchema.safeParse(parseJson(line)).data;
  if (draft === undefined) return false;
  if (drafts.size < limits.findingsPerScanMax && !drafts.has(draft.fingerprint)) drafts.set(draft.fingerprint, draft);
  return true;
}

function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    return undefined;
  }
}
