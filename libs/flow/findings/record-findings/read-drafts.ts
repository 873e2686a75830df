import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { findingDraftSchema, limits, type FindingDraft } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';

export type DraftsError = { readonly code: 'findings.drafts_missing' | 'findings.drafts_altered' | 'findings.drafts_invalid' };

/**
 * Reads the drafts that `scan.analyze` left, one per fingerprint, in their order. The bytes are held to the digest of the scan's row before
 * any of them counts. Bounds: `draftStreamBytesMax`, `findingsPerScanMax`.
 */
export async function readDrafts(file: string, sha256: string | null): Promise<Result<readonly FindingDraft[], DraftsError>> {
  const hash = createHash('sha256');
  const drafts = new Map<string, FindingDraft>();
  let bytes = 0;
  try {
    const stream = createReadStream(file);
    stream.on('data', (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      const draft = parseLine(line);
      if (draft === undefined || bytes > limits.draftStreamBytesMax) return err({ code: 'findings.drafts_invalid' });
      if (drafts.size < limits.findingsPerScanMax && !drafts.has(draft.fingerprint)) drafts.set(draft.fingerprint, draft);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return err({ code: 'findings.drafts_missing' });
    throw error;
  }
  return hash.digest('hex') === sha256 ? ok([...drafts.values()]) : err({ code: 'findings.drafts_altered' });
}

function parseLine(line: string): FindingDraft | undefined {
  try {
    return findingDraftSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
