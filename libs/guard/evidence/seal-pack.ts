import { createHash } from 'node:crypto';
import { type EvidencePack, type EvidenceRef, type PackId, evidencePackSchema, limits, packIdSchema } from '@lib/contract';
import { type Clock, Fault, present } from '@lib/kernel';
import type { Kms } from '@lib/platform/kms';
import { type ObjectStore, type StoredObject, sha256Of } from '@lib/platform/objects';
import { type EvidenceEntry, entryBytes } from './evidence-entry.ts';
import { openPack, packContext } from './open-pack.ts';
import { type PackOwner, type PlainPack, dividePacks, writePack } from './pack-format.ts';

export type SealDeps = { readonly objects: ObjectStore; readonly kms: Pick<Kms, 'encrypt' | 'decrypt'>; readonly clock: Clock };

export type SealRequest = PackOwner & {
  readonly entries: readonly EvidenceEntry[];
  /** Units: ms. Default: `limits.retentionMsDefault`. */
  readonly retentionMs?: number;
  readonly packBytesMax?: number;
};

/** Packs that are stored for good, and where each entry lies, in the order of the entries. */
export type SealedEvidence = { readonly packs: readonly EvidencePack[]; readonly refs: readonly EvidenceRef[] };

/**
 * Seals the proofs of a scan: packs of canonical bytes, each under the tenant's key in one write-once object with a date.
 * The object's key follows from its content, so a second attempt finds the first one's object, opens it and accepts it.
 * Call it before the transaction; `recordPack` is the part inside. Nothing is sealed for a scan without findings.
 * Faults: `evidence.not_sealed` (the tenant has no key), `evidence.object_conflict` (the key is taken by other bytes), and the store's.
 */
export async function sealPack(deps: SealDeps, request: SealRequest): Promise<SealedEvidence> {
  const packs: EvidencePack[] = [];
  const refs: EvidenceRef[] = [];
  for (const entries of dividePacks(request.entries.map(entryBytes), request.packBytesMax ?? limits.packBytesMax)) {
    const plain = writePack(request, entries);
    const key = `evidence/${request.tenantId}/${request.scanId}/${plain.root}.pack`;
    const stored = await store(deps, request, { key, plain });
    const id = packIdOf(key);
    packs.push(headOf(id, request, { stored, plain }));
    refs.push(...plain.slots.map((slot, leafIndex) => ({ packId: id, ...slot, leafIndex })));
  }
  return { packs, refs };
}

type Unstored = { readonly key: string; readonly plain: PlainPack };

async function store(deps: SealDeps, request: SealRequest, { key, plain }: Unstored): Promise<StoredObject> {
  const sealed = await deps.kms.encrypt(packContext(request.tenantId, key), plain.bytes);
  if (!sealed.ok) throw new Fault('evidence.not_sealed', { internal: `scan \`${request.scanId}\`: ${sealed.error.code}` });
  const put = await deps.objects.put({
    key,
    bytes: sealed.value,
    sha256: sha256Of(sealed.value),
    retainUntilMs: deps.clock.nowMs() + (request.retentionMs ?? limits.retentionMsDefault),
    context: { tenantId: request.tenantId, purpose: 'evidence-pack' },
  });
  if (put.ok) return put.value;
  if (put.error.code !== 'objects.exists')
    throw new Fault('evidence.not_sealed', { internal: `scan \`${request.scanId}\`: ${put.error.code}` });
  return accept(deps, request, { plain, existing: put.error.existing });
}

// Each sealing has its own nonce, so the sealed bytes differ and the plain ones decide.
async function accept(
  deps: SealDeps,
  owner: PackOwner,
  { plain, existing }: { readonly plain: PlainPack; readonly existing: StoredObject },
): Promise<StoredObject> {
  const opened = await openPack(deps, owner, existing);
  if (opened.ok && Buffer.compare(opened.value.bytes, plain.bytes) === 0) return existing;
  const why = opened.ok ? 'other content' : opened.error.code;
  throw new Fault('evidence.object_conflict', { internal: `scan \`${owner.scanId}\`: the object that is there: ${why}` });
}

function headOf(
  id: PackId,
  owner: PackOwner,
  { stored, plain }: { readonly stored: StoredObject; readonly plain: PlainPack },
): EvidencePack {
  return evidencePackSchema.parse({
    id,
    tenantId: owner.tenantId,
    scanId: owner.scanId,
    objectKey: stored.key,
    objectVersion: stored.version,
    bytes: stored.bytes,
    sha256: stored.sha256,
    merkleRoot: plain.root,
    entryCount: plain.slots.length,
    retainUntil: new Date(present(stored.retainUntilMs, 'date of a sealed pack')).toISOString(),
  });
}

// A UUID version 8 (RFC 9562) from the key, so that a second attempt records the same pack.
function packIdOf(key: string): PackId {
  const bytes = createHash('sha256').update(key).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return packIdSchema.parse([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'));
}
