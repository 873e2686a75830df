import { z } from 'zod';
import { coverageEntrySchema, coverageReasonSchema } from './coverage.ts';
import { treePathSchema } from './finding.ts';
import { sha256Schema } from './ids.ts';
import { limits } from './limits.ts';

/** One stored file of a sealed tree. Its bytes lie in `blobs/<first two digits>/<sha256>`, so no name from outside is ever a name on our disk. */
export const treeFileSchema = z.strictObject({
  path: treePathSchema,
  bytes: z.int().min(0).max(limits.storedFileBytesMax),
  sha256: sha256Schema,
});

/**
 * What a sealed tree holds, sorted by path (UTF-16 code units). Stored as canonical JSON in `manifest.json`;
 * the SHA-256 of those bytes names the tree.
 */
export const treeManifestSchema = z.strictObject({ v: z.literal(1), files: z.array(treeFileSchema).max(limits.treeFilesMax) });
export type TreeManifest = z.infer<typeof treeManifestSchema>;

/**
 * What ingest says of a tree it has sealed, kept beside the manifest as `treeFactsFile` for whoever certifies the scan; no part of the tree's
 * digest. Units: bytes.
 */
export const treeFactsSchema = z.object({
  files: z.int().min(0),
  bytes: z.int().min(0),
  sha256: sha256Schema,
  coverage: z.array(coverageEntrySchema),
  coverageCounts: z.partialRecord(coverageReasonSchema, z.int().min(0)),
});
export type TreeFacts = z.infer<typeof treeFactsSchema>;
export const treeFactsFile = 'ingest.json';
