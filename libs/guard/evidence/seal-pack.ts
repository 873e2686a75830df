import { type EvidencePack, type EvidenceRef, type PackId, evidencePackSchema, limits, packIdSchema } from '@lib/contract';
import { Fault, type Ids, present } from '@lib/kernel';
import type { Sealer } from '@lib/platform/kms';
import type { ObjectWriter, StoredObject } from '@lib/platform/objects';
import { type EvidenceEntry, entryBytes } from './evidence-entry.ts';
import { packContext } from './open-pack.ts';
import { type PackLayout, type PackOwner, dividePacks, layPack } from './pack-format.ts';

/** Neither of the two can read: whoever seals cannot open. */
export type SealDeps = { readonly objects: ObjectWriter; readonly kms: Sealer; readonly ids: Ids };

export type SealRequest = PackOwner & {
  readonly entries: readonly EvidenceEntry[];
  /** By the database's clock (`readClockMs`), from which the retention counts. Units: ms since the Unix epoch. */
  readonly sealedAtMs: number;
  /** Units: ms. Default: `limits.retentionMsDefault`. */
  readonly retentionMs?: number;
  readonly packBytesMax?: number;
};

/** Packs that are stored for good, and where each entry lies, in the order of the entries. */
export type SealedEvidence = { readonly packs: readonly EvidencePack[]; readonly refs: readonly EvidenceRef[] };

/**
 * Seals the proofs of a scan: packs of canonical bytes, each under the tenant's key in one write-once object with a date.
 * The object's key is new each time: whoever wrote first, whatever they wrote, is not in the way, and nothing needs to be read to
 * know what is there. What an interrupted attempt left is cited by no row and swept after its date (`scanPrefix`).
 * Call it before the transaction; `recordPack` is the part inside. Nothing is sealed for a scan without findings.
 * Faults: `evidence.not_sealed` (the tenant has no key, or the store refuses the request), and the store's.
 */
export async function sealPack(deps: SealDeps, request: SealRequest): Promise<SealedEvidence> {
  const packs: EvidencePack[] = [];
  const refs: EvidenceRef[] = [];
  for (const entries of dividePacks(request.entries.map(entryBytes), request.packBytesMax ?? limits.packBytesMax)) {
    const id = packIdSchema.parse(deps.ids.uuid());
    const plain = layPack(request, entries);
    packs.push(headOf(id, request, { plain, stored: await store(deps, request, { id, plain }) }));
    refs.push(...plain.index().slots.map((slot, leafIndex) => ({ packId: id, ...slot, leafIndex })));
  }
  return { packs, refs };
}

/** Where everything lies that was ever sealed for a scan. */
export function scanPrefix(owner: PackOwner): string {
  return `evidence/${owner.tenantId}/${owner.scanId}/`;
}

type Unstored = { readonly id: PackId; readonly plain: PackLayout };

async function store(deps: SealDeps, request: SealRequest, { id, plain }: Unstored): Promise<StoredObject> {
  const key = `${scanPrefix(request)}${id}.pack`;
  const sealed = await deps.kms.seal(packContext(request.tenantId, key), { bytesMax: plain.bytesMax, parts: plain.parts() });
  const storeKey = await deps.kms.storeKeyOf(request.tenantId);
  const refused = [sealed, storeKey].find((one) => !one.ok);
  if (!sealed.ok || !storeKey.ok) throw notSealed(request, refused?.ok === false ? refused.error.code : 'unknown');
  const put = await deps.objects.put({
    key,
    bytes: sealed.value.bytes,
    sha256: sealed.value.sha256,
    retainUntilMs: request.sealedAtMs + (request.retentionMs ?? limits.retentionMsDefault),
    context: { tenantId: request.tenantId, purpose: 'evidence-pack' },
    ...(storeKey.value === undefined ? {} : { kmsKeyRef: storeKey.value }),
  });
  if (!put.ok) throw notSealed(request, put.error.code);
  return put.value;
}

function notSealed(owner: PackOwner, code: string): Fault {
  return new Fault('evidence.not_sealed', { internal: `scan \`${owner.scanId}\`: ${code}` });
}

function headOf(
  id: PackId,
  owner: PackOwner,
  { stored, plain }: { readonly stored: StoredObject; readonly plain: PackLayout },
): EvidencePack {
  return evidencePackSchema.parse({
    id,
    tenantId: owner.tenantId,
    scanId: owner.scanId,
    objectKey: stored.key,
    objectVersion: stored.version,
    bytes: stored.bytes,
    sha256: stored.sha256,
    merkleRoot: plain.index().root,
    entryCount: plain.index().slots.length,
    retainUntil: new Date(present(stored.retainUntilMs, 'date of a sealed pack')).toISOString(),
    hold: 'none',
    holdReason: null,
    retainWanted: null,
    expiredAt: null,
    removedAt: null,
  });
}
