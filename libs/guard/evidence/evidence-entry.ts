import { z } from 'zod';
import {
  type FindingDraft,
  type ScanId,
  type TenantId,
  analyzerNameSchema,
  dependencySchema,
  excerptSchema,
  flowStepSchema,
  limits,
  locationSchema,
  scanIdSchema,
  sha256Schema,
  tenantIdSchema,
} from '@lib/contract';
import { assert, canonicalJson } from '@lib/kernel';

/**
 * The proof of one finding, version 1: what was seen, where, and by which version of what. Excerpts come redacted from the analyzer.
 * Its canonical bytes are hashed; they hold no clock and no random value, so a second attempt makes the same ones.
 */
export const evidenceEntrySchema = z.strictObject({
  v: z.literal(1),
  tenant: tenantIdSchema,
  scan: scanIdSchema,
  analyzer: z.strictObject({ name: analyzerNameSchema, version: z.string().min(1).max(limits.ruleIdCharsMax) }),
  rule: z.strictObject({ id: z.string().max(limits.ruleIdCharsMax), version: z.int().min(1) }),
  fingerprint: sha256Schema,
  fileSha256: sha256Schema,
  location: locationSchema,
  excerpt: excerptSchema,
  flow: z.array(flowStepSchema).max(limits.flowStepsMax),
  dependency: dependencySchema.optional(),
});
export type EvidenceEntry = z.infer<typeof evidenceEntrySchema>;

/** Makes the proof of a draft. `analyzerVersion` is that of the analyzer that reported it. */
export function evidenceEntry(
  of: { readonly tenantId: TenantId; readonly scanId: ScanId; readonly analyzerVersion: string },
  draft: FindingDraft,
): EvidenceEntry {
  return {
    v: 1,
    tenant: of.tenantId,
    scan: of.scanId,
    analyzer: { name: draft.analyzer, version: of.analyzerVersion },
    rule: { id: draft.ruleId, version: draft.ruleVersion },
    fingerprint: draft.fingerprint,
    fileSha256: draft.fileSha256,
    location: draft.location,
    excerpt: draft.excerpt,
    flow: draft.flow,
    ...(draft.dependency === undefined ? {} : { dependency: draft.dependency }),
  };
}

/** The bytes that are hashed and stored. */
export function entryBytes(entry: EvidenceEntry): Uint8Array {
  const bytes = Buffer.from(canonicalJson(evidenceEntrySchema.parse(entry)), 'utf8');
  assert(bytes.length <= limits.packEntryBytesMax, 'the parts of a draft are bounded, so its proof is');
  return bytes;
}
