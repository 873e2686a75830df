import { z } from 'zod';
import { packIdSchema, scanIdSchema, sha256Schema, tenantIdSchema } from './ids.ts';

/** Where the proof of one finding lies: a slice of a write-once object. Units: bytes of the plain pack. */
export const evidenceRefSchema = z.object({
  packId: packIdSchema,
  offset: z.int().min(0),
  length: z.int().min(1),
  sha256: sha256Schema,
  leafIndex: z.int().min(0),
});
export type EvidenceRef = z.infer<typeof evidenceRefSchema>;

/** The head of a sealed pack, as the database keeps it. */
export const evidencePackSchema = z.object({
  id: packIdSchema,
  tenantId: tenantIdSchema,
  scanId: scanIdSchema,
  objectKey: z.string().max(500),
  objectVersion: z.string().max(200),
  bytes: z.int().min(0),
  sha256: sha256Schema,
  merkleRoot: sha256Schema,
  entryCount: z.int().min(0),
  retainUntil: z.iso.datetime({ precision: 3 }),
});
export type EvidencePack = z.infer<typeof evidencePackSchema>;
