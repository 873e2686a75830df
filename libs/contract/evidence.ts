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

/** A commit of git, by its SHA-1 or SHA-256. */
export const commitIdSchema = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u);

/** Legal hold as the tenant wants it and as the object store has confirmed it: `placing` and `lifting` are on their way. */
export const legalHolds = ['none', 'placing', 'held', 'lifting'] as const;
export const legalHoldSchema = z.enum(legalHolds);
export type LegalHold = z.infer<typeof legalHoldSchema>;

const instant = z.iso.datetime({ precision: 3 });

/** The head of a sealed pack, as the database keeps it. `retainUntil` is what the store has confirmed. */
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
  retainUntil: instant,
  hold: legalHoldSchema,
  holdReason: z.string().nullable(),
  /** Asked for and not yet confirmed by the store. */
  retainWanted: instant.nullable(),
  expiredAt: instant.nullable(),
  removedAt: instant.nullable(),
});
export type EvidencePack = z.infer<typeof evidencePackSchema>;
