import { z } from 'zod';
import { instantSchema, repositoryIdSchema, repositorySourceSchema, type RepositoryId, type RepositoryView } from '@lib/contract';
import type { Row, TenantTx } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';

const rowSchema = z.object({ id: repositoryIdSchema, name: z.string(), source: repositorySourceSchema, created_at: instantSchema });

/** Reads one repository. */
export async function findRepository(tx: TenantTx, id: RepositoryId): Promise<RepositoryView | undefined> {
  const rows = await tx.query(sql('connect.find')`
    select id, name, source, created_at from app.repository where tenant_id = ${tx.context.tenantId} and id = ${id}`);
  return rows[0] === undefined ? undefined : viewOf(rows[0]);
}

/** Reads repositories by name, one more than asked for. Names do not change, so the row of the cursor says where to go on. */
export async function findRepositories(tx: TenantTx, after: RepositoryId | undefined, limit: number): Promise<readonly RepositoryView[]> {
  const rows = await tx.query(sql('connect.list')`
    select id, name, source, created_at from app.repository
    where tenant_id = ${tx.context.tenantId}
      and (${after ?? null}::uuid is null
        or name > (select name from app.repository where tenant_id = ${tx.context.tenantId} and id = ${after ?? null}::uuid))
    order by name limit ${limit + 1}`);
  return rows.map(viewOf);
}

/** Writes a repository. Nothing comes back when the name is taken. */
export async function insertRepository(tx: TenantTx, repository: Omit<RepositoryView, 'createdAt'>): Promise<RepositoryView | undefined> {
  const rows = await tx.query(sql('connect.insert')`
    insert into app.repository (tenant_id, id, name, source)
    values (${tx.context.tenantId}, ${repository.id}, ${repository.name}, ${JSON.stringify(repository.source)}::jsonb)
    on conflict (tenant_id, name) do nothing
    returning id, name, source, created_at`);
  return rows[0] === undefined ? undefined : viewOf(rows[0]);
}

function viewOf(given: Row): RepositoryView {
  const row = rowSchema.parse(given);
  return { id: row.id, name: row.name, source: row.source, createdAt: row.created_at };
}
