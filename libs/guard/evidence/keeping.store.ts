import { z } from 'zod';
import { type PackId, type ScanId, packIdSchema } from '@lib/contract';
import { sql } from '@lib/platform/db';
import type { TenantTx } from '@lib/guard/tenancy';

const idSchema = z.object({ id: packIdSchema });

/** Says that a scan's evidence is to be held. Answers the packs that were not held yet; those that have expired stay out. */
export async function wantHold(tx: TenantTx, scanId: ScanId, reason: string): Promise<readonly PackId[]> {
  const rows = await tx.query(sql('evidence.want-hold')`
    update app.evidence_pack set hold = 'placing', hold_reason = ${reason}
    where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId} and expired_at is null and hold in ('none', 'lifting')
    returning id`);
  return rows.map((row) => idSchema.parse(row).id);
}

/** Says that a scan's evidence is no longer to be held. Answers the packs that were. */
export async function wantRelease(tx: TenantTx, scanId: ScanId): Promise<readonly PackId[]> {
  const rows = await tx.query(sql('evidence.want-release')`
    update app.evidence_pack set hold = 'lifting'
    where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId} and hold in ('placing', 'held')
    returning id`);
  return rows.map((row) => idSchema.parse(row).id);
}

/** Says that a scan's evidence is to be kept until then. Only packs whose date moves further take part; answers them. */
export async function wantRetention(tx: TenantTx, scanId: ScanId, retainUntil: string): Promise<readonly PackId[]> {
  const rows = await tx.query(sql('evidence.want-retention')`
    update app.evidence_pack set retain_wanted = ${retainUntil}::timestamptz
    where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId} and expired_at is null
      and greatest(retain_until, coalesce(retain_wanted, retain_until)) < ${retainUntil}::timestamptz
    returning id`);
  return rows.map((row) => idSchema.parse(row).id);
}

/** What the store has confirmed of a pack, written down where the tenant still wants the same. */
export async function confirmKept(
  tx: TenantTx,
  packId: PackId,
  kept: { readonly retainUntil: string; readonly held: boolean },
): Promise<void> {
  await tx.query(sql('evidence.confirm-kept')`
    update app.evidence_pack set
      retain_until = greatest(retain_until, ${kept.retainUntil}::timestamptz),
      retain_wanted = case when retain_wanted <= ${kept.retainUntil}::timestamptz then null else retain_wanted end,
      hold = case when hold = 'placing' and ${kept.held} then 'held' when hold = 'lifting' and not ${kept.held} then 'none' else hold end,
      hold_reason = case when hold = 'lifting' and not ${kept.held} then null else hold_reason end
    where tenant_id = ${tx.context.tenantId} and id = ${packId} and expired_at is null`);
}

/** Marks as expired, by the database's clock, what is due and neither held nor to be kept longer. Answers those packs. */
export async function markExpired(tx: TenantTx, scanId: ScanId): Promise<readonly PackId[]> {
  const rows = await tx.query(sql('evidence.mark-expired')`
    update app.evidence_pack set expired_at = now()
    where tenant_id = ${tx.context.tenantId} and scan_id = ${scanId} and expired_at is null and hold = 'none'
      and retain_until <= now() and retain_wanted is null
    returning id`);
  return rows.map((row) => idSchema.parse(row).id);
}

/** Notes that the objects of expired packs are gone. */
export async function markRemoved(tx: TenantTx, packIds: readonly PackId[]): Promise<void> {
  await tx.query(sql('evidence.mark-removed')`
    update app.evidence_pack set removed_at = now()
    where tenant_id = ${tx.context.tenantId} and id = any(${packIds}::uuid[]) and expired_at is not null and removed_at is null`);
}
