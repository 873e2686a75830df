import { z } from 'zod';
import { type EvidencePack, type PackId, type ScanId, limits } from '@lib/contract';
import { assert } from '@lib/kernel';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';
import { packOf } from './pack-of.ts';

/** The database's clock, from which retention counts. Units: ms since the Unix epoch. */
export async function readClockMs(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('evidence.clock')`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms`);
  return z.object({ now_ms: z.coerce.number().int() }).parse(rows[0]).now_ms;
}

/** Records the heads of sealed packs. A pack that a first attempt recorded stays as it is. */
export async function recordPack(tx: TenantTx, sealed: { readonly packs: readonly EvidencePack[] }): Promise<void> {
  if (sealed.packs.length === 0) return;
  assert(
    sealed.packs.every((pack) => pack.tenantId === tx.context.tenantId),
    'packs are of the tenant of the transaction',
  );
  const rows = sealed.packs.map((pack) => ({
    id: pack.id,
    scan_id: pack.scanId,
    object_key: pack.objectKey,
    object_version: pack.objectVersion,
    bytes: pack.bytes,
    sha256: pack.sha256,
    merkle_root: pack.merkleRoot,
    entry_count: pack.entryCount,
    retain_until: pack.retainUntil,
  }));
  await tx.query(sql('evidence.record')`
    insert into app.evidence_pack (tenant_id, id, scan_id, object_key, object_version, bytes, sha256, merkle_root, entry_count, retain_until)
    select ${tx.context.tenantId}, id, scan_id, object_key, object_version, bytes, decode(sha256, 'hex'), decode(merkle_root, 'hex'),
      entry_count, retain_until
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as pack (id uuid, scan_id uuid, object_key text, object_version text,
      bytes bigint, sha256 text, merkle_root text, entry_count integer, retain_until timestamptz)
    on conflict do nothing`);
}

/** The head of one pack. */
export async function findPack(tx: TenantTx, packId: PackId): Promise<EvidencePack | undefined> {
  const rows = await tx.query(sql('evidence.find')`
    select tenant_id, id, scan_id, object_key, object_version, bytes, encode(sha256, 'hex') as sha256,
      encode(merkle_root, 'hex') as merkle_root, entry_count, retain_until, hold, hold_reason, retain_wanted, expired_at, removed_at
    from app.evidence_pack where tenant_id = ${tx.context.tenantId} and id = ${packId}`);
  return rows[0] === undefined ? undefined : packOf(rows[0]);
}

/** Heads in the order of their ids, from after `after` on. */
export async function listPacks(tx: TenantTx, after: PackId | undefined, packsMax: number): Promise<readonly EvidencePack[]> {
  const rows = await tx.query(sql('evidence.list')`
    select tenant_id, id, scan_id, object_key, object_version, bytes, encode(sha256, 'hex') as sha256,
      encode(merkle_root, 'hex') as merkle_root, entry_count, retain_until, hold, hold_reason, retain_wanted, expired_at, removed_at
    from app.evidence_pack
    where tenant_id = ${tx.context.tenantId} and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
    order by id limit ${packsMax}`);
  return rows.map(packOf);
}

/** The heads of a scan, by id, held against change until the transaction ends. At most `limits.packsPerScanMax`. */
export async function lockScanPacks(tx: TenantTx, scanId: ScanId): Promise<readonly EvidencePack[]> {
  const rows = await tx.query(sql('evidence.lock-scan')`
    select tenant_id, id, scan_id, object_key, object_version, bytes, encode(sha256, 'hex') as sha256,
      encode(merkle_root, 'hex') as merkle_root, entry_count, retain_until, hold, hold_reason, retain_wanted, expired_at, removed_at
    from app.evidence_pack where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId}
    order by id limit ${limits.packsPerScanMax} for no key update`);
  return rows.map(packOf);
}
