import type { ExportId, TenantId } from '@lib/contract';
import { Fault } from '@lib/kernel';
import type { EnvelopeContext, Kms, Sealer } from '@lib/platform/kms';
import type { ObjectStore, ObjectWriter } from '@lib/platform/objects';
import type { ExportPart } from '../export.store.ts';

/** Where everything lies that was ever stored for an export. */
export function exportPrefix(tenantId: TenantId, exportId: ExportId): string {
  return `audit-exports/${tenantId}/${exportId}/`;
}

/** Whose part it is, and where it goes. */
export type PartPlace = { readonly tenantId: TenantId; readonly folder: string; readonly stream: string; readonly place: number };

/**
 * Seals a part under the tenant's key and stores it; it may be removed at any time. Each attempt of a job has a folder of its own, so a
 * key is never taken. Faults: `export.part_unwritten` and those of store and keys.
 */
export async function sealPart(
  deps: { readonly kms: Pick<Sealer, 'seal'>; readonly objects: ObjectWriter },
  at: PartPlace,
  plain: Uint8Array,
): Promise<ExportPart> {
  const key = `${at.folder}/${at.stream}-${String(at.place)}`;
  const sealed = await deps.kms.seal(partContext(at.tenantId, key), { bytesMax: plain.length, parts: [plain] });
  if (!sealed.ok) throw new Fault('export.part_unwritten', { internal: sealed.error.code });
  const { bytes, sha256 } = sealed.value;
  const context = { tenantId: at.tenantId, purpose: 'audit-export' };
  const stored = await deps.objects.put({ key, bytes, sha256, retainUntilMs: undefined, context });
  if (!stored.ok) throw new Fault('export.part_unwritten', { internal: stored.error.code });
  return { stream: at.stream, place: at.place, key, version: stored.value.version, sha256, bytes: plain.length };
}

/** Opens a part again. Faults: `export.part_unreadable` when it is gone, altered, or its key was destroyed. */
export async function openPart(
  deps: { readonly kms: Pick<Kms, 'decrypt'>; readonly objects: Pick<ObjectStore, 'get'> },
  tenantId: TenantId,
  part: ExportPart,
): Promise<Uint8Array> {
  const sealed = await deps.objects.get({ key: part.key, version: part.version, sha256: part.sha256 });
  if (!sealed.ok) throw new Fault('export.part_unreadable', { internal: `\`${part.key}\`: ${sealed.error.code}` });
  const plain = await deps.kms.decrypt(partContext(tenantId, part.key), sealed.value);
  if (!plain.ok) throw new Fault('export.part_unreadable', { internal: `\`${part.key}\`: ${plain.error.code}` });
  return plain.value;
}

function partContext(tenantId: TenantId, key: string): EnvelopeContext {
  return { tenantId, purpose: 'audit-export', objectId: key, version: 1 };
}
