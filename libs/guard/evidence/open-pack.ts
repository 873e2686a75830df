import type { TenantId } from '@lib/contract';
import { type Result, err, ok } from '@lib/kernel';
import type { EnvelopeContext, KmsError, Opener } from '@lib/platform/kms';
import type { ObjectReader, ObjectRef, ReadError } from '@lib/platform/objects';
import { type PackOwner, type PlainPack, readPackIndex } from './pack-format.ts';

/** Neither of the two can write: whoever opens cannot replace what it opened. */
export type OpenDeps = { readonly objects: ObjectReader; readonly kms: Opener };

/** `evidence.pack_malformed`: it opened, and is no pack of this scan. */
export type OpenError = ReadError | KmsError | { readonly code: 'evidence.pack_malformed' };

/** Reads a pack back: the object's digest, the seal, the format. Faults: those of the store and of the keys. */
export async function openPack(deps: OpenDeps, owner: PackOwner, object: ObjectRef): Promise<Result<PlainPack, OpenError>> {
  const sealed = await deps.objects.get(object);
  if (!sealed.ok) return sealed;
  const plain = await deps.kms.decrypt(packContext(owner.tenantId, object.key), sealed.value);
  if (!plain.ok) return plain;
  const pack = readPackIndex(owner, plain.value);
  return pack === undefined ? err({ code: 'evidence.pack_malformed' }) : ok(pack);
}

/** What a pack is sealed to: it opens for its tenant, at its key, as a pack. */
export function packContext(tenantId: TenantId, key: string): EnvelopeContext {
  return { tenantId, purpose: 'evidence-pack', objectId: key, version: 1 };
}
