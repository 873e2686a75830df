import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { coverageEntrySchema, coverageReasonSchema, sha256Schema, type CoverageEntry, type CoverageReason } from '@lib/contract';

/** A tree that nothing changes any more: blobs by digest, one manifest, and what was left out. Units: bytes. */
export type SealedFolder = {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 of the manifest's bytes; names the tree. */
  readonly sha256: string;
  readonly coverage: readonly CoverageEntry[];
  readonly coverageCounts: Readonly<Partial<Record<CoverageReason, number>>>;
};

/** Beside the manifest, for whoever certifies the scan later; no part of the tree's digest. */
export const factsFile = 'ingest.json';

const factsSchema = z.object({
  files: z.int().min(0),
  bytes: z.int().min(0),
  sha256: sha256Schema,
  coverage: z.array(coverageEntrySchema),
  coverageCounts: z.partialRecord(coverageReasonSchema, z.int().min(0)),
});

/** What `sealFolder` answered, read again by a later stage. A tree without it was never finished: that throws. */
export async function readSealedFolder(directory: string): Promise<SealedFolder> {
  return { directory, ...factsSchema.parse(JSON.parse(await readFile(join(directory, factsFile), 'utf8'))) };
}
