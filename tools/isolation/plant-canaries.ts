import type { TestDatabase } from '../testing/database.ts';

/** A text that stands in no other tenant's rows, nor in any answer by chance. */
export function canaryOf(tenantId: string): string {
  return `canary-${tenantId.slice(0, 8)}`;
}

/**
 * Writes the canary of a tenant into every text and JSON column of its rows that takes one; answers how many columns hold it. A column
 * whose check or trigger wants something else keeps what it had.
 */
export async function plantCanaries(database: Pick<TestDatabase, 'admin'>, tenantId: string): Promise<number> {
  const columns = await database.admin(
    `select a.attrelid::regclass::text as name, quote_ident(a.attname) as column, a.atttypid::regtype::text as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relkind = 'r' and c.relnamespace = 'app'::regnamespace and a.attnum > 0 and not a.attisdropped
       and a.attgenerated = '' and a.atttypid in ('text'::regtype, 'jsonb'::regtype) order by 1, 2`,
  );
  let planted = 0;
  for (const { name, column, type } of columns) {
    const rows = await database
      .admin(
        `update ${String(name)} set ${String(column)} = ${String(type) === 'text' ? '$2::text' : `${String(column)} || jsonb_build_object('canary', $2::text)`}
         where tenant_id = $1 and ${String(column)} is not null returning 1`,
        [tenantId, canaryOf(tenantId)],
      )
      .catch(() => []);
    if (rows.length > 0) planted += 1;
  }
  return planted;
}
