import { z } from 'zod';
import {
  type FindingDraft,
  type ScanId,
  type TenantId,
  finderNameSchema,
  commitIdSchema,
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
 * The proof of one finding, version 2: what was seen, where, in which tree, and by which version of what. Excerpts come redacted out of
 * the sandbox.
 * Its canonical bytes are hashed; they hold no clock and no random value, so a second attempt makes the same ones.
 */
export const evidenceEntrySchema = z.strictObject({
  v: z.literal(2),
  tenant: tenantIdSchema,
  scan: scanIdSchema,
  /** The sealed tree by the digest of its manifest; the commit that a checkout stood at, where the source was one. */
  source: z.strictObject({ treeSha256: sha256Schema, commit: commitIdSchema.nullable() }),
  /** `ruleDigest` is the SHA-256 over all rules that the analyzer ran with. */
  analyzer: z.strictObject({
    name: finderNameSchema,
    version: z.string().min(1).max(limits.ruleIdCharsMax),
    ruleDigest: sha256Schema.nullable(),
  }),
  rule: z.strictObject({ id: z.string().max(limits.ruleIdCharsMax), version: z.int().min(1) }),
  fingerprint: sha256Schema,
  fileSha256: sha256Schema,
  location: locationSchema,
  excerpt: excerptSchema,
  flow: z.array(flowStepSchema).max(limits.flowStepsMax),
  dependency: dependencySchema.optional(),
});
export type EvidenceEntry = z.infer<typeof evidenceEntrySchema>;

/** Whose scan, of which tree; the run is that of the analyzer that reported the draft. */
export type EntryOrigin = {
  readonly tenantId: TenantId;
  readonly scanId: ScanId;
  readonly source: EvidenceEntry['source'];
  readonly run: Omit<EvidenceEntry['analyzer'], 'name'>;
};

/** Makes the proof of a draft. */
export function evidenceEntry(of: EntryOrigin, draft: FindingDraft): EvidenceEntry {
  return {
    v: 2,
    tenant: of.tenantId,
    scan: of.scanId,
    source: of.source,
    analyzer: { name: draft.analyzer, version: of.run.version, ruleDigest: of.run.ruleDigest },
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
