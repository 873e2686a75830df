import type { EvidencePack, EvidenceRef } from '@lib/contract';
import { Fault, type Result, err } from '@lib/kernel';
import { type EvidenceEntry, evidenceEntrySchema } from './evidence-entry.ts';
import { type OpenDeps, type OpenError, openPack } from './open-pack.ts';
import { type PlainPack, digest, sliceOf } from './pack-format.ts';

/**
 * `mismatch`: the bytes are not those of the record. `missing`: the object is gone, and was to be kept. Both are an alarm, audited by the
 * caller, and never tried again: a second try would hide who changed what. `expired`: its time had come. `unavailable`: the bytes could
 * not be had, now or (destroyed key) for good.
 */
export type EvidenceReading = { readonly state: 'verified'; readonly entry: EvidenceEntry } | { readonly state: 'expired' } | Unread;

type Unread = { readonly state: 'mismatch' | 'missing' | 'unavailable'; readonly reason: string };

/**
 * Reads the proof of one finding and verifies it: digest of the object, seal, place in the pack's own index, digest of the entry.
 * `pack` and `ref` are what the database holds. Reads a whole pack, so at most `limits.packBytesMax`.
 */
export async function readEvidence(
  deps: OpenDeps,
  at: { readonly pack: EvidencePack; readonly ref: EvidenceRef },
): Promise<EvidenceReading> {
  const { pack, ref } = at;
  if (ref.packId !== pack.id) return { state: 'mismatch', reason: 'evidence.other_pack' };
  if (pack.expiredAt !== null) return { state: 'expired' };
  const opened = await openOrFail(deps, pack);
  return opened.ok ? verifyEntry(opened.value, pack, ref) : opened.error;
}

/** Opens the pack that a head names. A store or key service that does not answer is `unavailable`; any other fault goes on. */
export async function openOrFail(deps: OpenDeps, pack: EvidencePack): Promise<Result<PlainPack, Unread>> {
  try {
    const opened = await openPack(deps, pack, { key: pack.objectKey, version: pack.objectVersion, sha256: pack.sha256 });
    return opened.ok ? opened : err({ state: stateOf(opened.error), reason: opened.error.code });
  } catch (error) {
    if (!(error instanceof Fault) || !awayCodes.has(error.code)) throw error;
    return err({ state: 'unavailable', reason: error.code });
  }
}

const awayCodes: ReadonlySet<string> = new Set(['objects.unavailable', 'kms.unavailable']);

function stateOf(error: OpenError): Unread['state'] {
  switch (error.code) {
    case 'objects.absent':
      return 'missing';
    case 'kms.key_absent':
    case 'kms.key_destroyed':
      return 'unavailable';
    case 'objects.tampered':
    case 'objects.digest_mismatch':
    case 'kms.refused':
    case 'evidence.pack_malformed':
      return 'mismatch';
  }
}

function verifyEntry(plain: PlainPack, pack: EvidencePack, ref: EvidenceRef): EvidenceReading {
  if (plain.root !== pack.merkleRoot) return { state: 'mismatch', reason: 'evidence.root_mismatch' };
  const slot = plain.slots[ref.leafIndex];
  if (slot?.offset !== ref.offset || slot.length !== ref.length || slot.sha256 !== ref.sha256) {
    return { state: 'mismatch', reason: 'evidence.index_mismatch' };
  }
  const bytes = sliceOf(plain, slot);
  if (bytes.length !== slot.length || digest(bytes) !== ref.sha256) return { state: 'mismatch', reason: 'evidence.entry_mismatch' };
  // these bytes are ours: their digest was recorded when they were made
  return { state: 'verified', entry: evidenceEntrySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))) };
}
