import type { KeyObject } from 'node:crypto';
import { keptEvidenceSchema, type EvidencePack, type KeptEvidence, type ScanId } from '@lib/contract';
import type { Clock, Ids } from '@lib/kernel';
import type { Tenancy } from '@lib/guard/tenancy';

/** What the endpoints of this slice use. None of them touches the store: jobs do. */
export type EvidenceDeps = { readonly tenancy: Tenancy; readonly clock: Clock; readonly ids: Ids; readonly cursorKey: KeyObject };

/** Injection token of `EvidenceDeps`. */
export const EVIDENCE = Symbol('evidence');

/** There is no such scan, or it is another tenant's. */
export type ScanNotFound = { readonly code: 'scan.not_found' };

/** The scan sealed nothing, or all that it sealed has expired. */
export type EvidenceNone = { readonly code: 'evidence.none' };

/** How a scan's evidence is kept, as an answer shows it. */
export function keptOf(scanId: ScanId, packs: readonly EvidencePack[]): KeptEvidence {
  return keptEvidenceSchema.parse({ scanId, packs: packs.map((pack) => ({ ...pack, packId: pack.id })) });
}
