import { z } from 'zod';
import { archiveIdSchema, instantSchema, limits, repositoryIdSchema, sha256Schema } from '@lib/contract';
import type { ArchiveId, ArchiveView, RepositoryId } from '@lib/contract';
import type { TenantTx } from '@lib/guard/tenancy';
import { SECOND_MS } from '@lib/kernel';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({
  id: archiveIdSchema,
  repository_id: repositoryIdSchema,
  bytes: z.coerce.number().pipe(z.int()),
  sha256: sha256Schema,
  created_at: instantSchema,
});

/** Counts the uploads of the tenant that wait for a scan. */
export async function countPendingArchives(tx: TenantTx): Promise<number> {
  const rows = await tx.query(sql('connect.count-archives')`
    select count(*)::int as pending from app.archive
    where tenant_id = ${tx.context.tenantId} and claimed_at is null
      and created_at > now() - make_interval(secs => ${limits.archiveKeepMs / SECOND_MS})`);
  return z.object({ pending: z.int() }).parse(rows[0]).pending;
}

/** An upload whose bytes are stored. Units: bytes. */
export type NewArchive = { readonly id: ArchiveId; readonly repositoryId: RepositoryId; readonly bytes: number; readonly sha256: string };

/** Writes an upload. Nothing comes back when the tenant has no such repository. */
export async function insertArchive(tx: TenantTx, archive: NewArchive): Promise<ArchiveView | undefined> {
  const rows = await tx.query(sql('connect.insert-archive')`
    insert into app.archive (tenant_id, id, repository_id, bytes, sha256)
    select r.tenant_id, ${archive.id}, r.id, ${archive.bytes}, decode(${archive.sha256}, 'hex')
    from app.repository r where r.tenant_id = ${tx.context.tenantId} and r.id = ${archive.repositoryId}
    returning id, repository_id, bytes, encode(sha256, 'hex') as sha256, created_at`);
  if (rows[0] === undefined) return undefined;
  const row = rowSchema.parse(rows[0]);
  return { id: row.id, repositoryId: row.repository_id, bytes: row.bytes, sha256: row.sha256, createdAt: row.created_at };
}
