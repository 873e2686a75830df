import { type EvidencePack, evidencePackSchema } from '@lib/contract';
import type { Row } from '@lib/guard/tenancy';

/** The head that a row of `app.evidence_pack` holds. */
export function packOf(row: Row): EvidencePack {
  return evidencePackSchema.parse({
    id: row['id'],
    tenantId: row['tenant_id'],
    scanId: row['scan_id'],
    objectKey: row['object_key'],
    objectVersion: row['object_version'],
    bytes: row['bytes'],
    sha256: row['sha256'],
    merkleRoot: row['merkle_root'],
    entryCount: row['entry_count'],
    retainUntil: row['retain_until'],
    hold: row['hold'],
    holdReason: row['hold_reason'],
    retainWanted: row['retain_wanted'],
    expiredAt: row['expired_at'],
    removedAt: row['removed_at'],
  });
}
