import type { AdminSession } from '@lib/platform/db';

/** The schema as three texts that a reader can review: what there is, who sees which rows, who may do what. */
export type SchemaDescription = { readonly schema: string; readonly policies: string; readonly grants: string };

/** Describes the schemas of the product from the catalogue, in a fixed order. */
export async function describeSchema(admin: AdminSession): Promise<SchemaDescription> {
  const lines = async (...texts: readonly string[]): Promise<string> => {
    const parts: string[] = [];
    for (const text of texts) {
      const rows = await admin.rows('describe schema', text);
      parts.push(rows.map((row) => String(row['line'])).join('\n'));
    }
    return `${parts.join('\n\n')}\n`;
  };
  return {
    schema: await lines(columns, constraints, indexes, functions, triggers),
    policies: await lines(policies),
    grants: await lines(tableGrants, columnGrants, functionGrants, schemaGrants, databaseGrants, roles),
  };
}

const ours = `('app', 'identity', 'ops')`;

const columns = `
  select c.oid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || case a.attidentity when 'a' then ' generated always as identity' else '' end as line
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace::regnamespace::text in ${ours} order by c.oid::regclass::text, a.attnum`;

const constraints = `
  select conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid) as line from pg_constraint
  where connamespace::regnamespace::text in ${ours} and contype <> 'n' order by conrelid::regclass::text, conname`;

const indexes = `
  select pg_get_indexdef(indexrelid) as line from pg_index i join pg_class c on c.oid = i.indrelid
  where c.relnamespace::regnamespace::text in ${ours} order by indexrelid::regclass::text`;

const functions = `
  select 'function ' || p.oid::regprocedure || ' returns ' || pg_get_function_result(p.oid) || ' ' || l.lanname || ' '
    || case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end
    || case when p.prosecdef then ' security definer of ' || p.proowner::regrole else '' end
    || coalesce(' ' || array_to_string(p.proconfig, ' '), '')
    || ' body ' || left(encode(sha256(convert_to(pg_get_functiondef(p.oid), 'UTF8')), 'hex'), 16) as line
  from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace::regnamespace::text in ${ours} order by p.oid::regprocedure::text`;

const triggers = `
  select pg_get_triggerdef(oid) as line from pg_trigger where not tgisinternal
  union all select 'event trigger ' || evtname || ' on ' || evtevent || ' ' || evtfoid::regprocedure || ' enabled ' || evtenabled::text from pg_event_trigger order by 1`;

const policies = `
  select c.oid::regclass || case when c.relrowsecurity then ' enabled' else ' NOT ENABLED' end || case when c.relforcerowsecurity then ' forced' else ' NOT FORCED' end
    || coalesce((select string_agg(e'\\n  ' || p.polname || case when p.polpermissive then ' permissive' else ' restrictive' end || ' for ' || p.polcmd::text
      || ' to ' || case when p.polroles = '{0}' then 'public' else p.polroles::regrole[]::text end
      || ' using ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '-') || ' check ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '-'), '' order by p.polname)
      from pg_policy p where p.polrelid = c.oid), '') as line
  from pg_class c where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text in ${ours} order by c.oid::regclass::text`;

const granteeOf = `case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end`;

const tableGrants = `
  select c.oid::regclass || ' ' || ${granteeOf} || ': ' || string_agg(lower(a.privilege_type), ', ' order by a.privilege_type) as line
  from pg_class c, aclexplode(c.relacl) a where c.relnamespace::regnamespace::text in ${ours} and c.relkind in ('r', 'p', 'v', 'm', 'S') and a.grantee <> c.relowner
  group by c.oid, a.grantee order by 1`;

const columnGrants = `
  select c.oid::regclass || ' ' || ${granteeOf} || ': ' || lower(a.privilege_type) || ' (' || string_agg(t.attname, ', ' order by t.attname) || ')' as line
  from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a where c.relnamespace::regnamespace::text in ${ours}
  group by c.oid, a.grantee, a.privilege_type order by 1`;

const functionGrants = `
  select 'function ' || p.oid::regprocedure || ' ' || ${granteeOf} as line
  from pg_proc p, aclexplode(p.proacl) a where p.pronamespace::regnamespace::text in ${ours} and a.grantee <> p.proowner order by 1`;

const schemaGrants = `
  select 'schema ' || n.nspname || ' ' || ${granteeOf} || ': ' || string_agg(lower(a.privilege_type), ', ' order by a.privilege_type) as line
  from pg_namespace n, aclexplode(n.nspacl) a where n.nspname in ('app', 'identity', 'ops', 'public') and a.grantee not in (n.nspowner, 'pg_database_owner'::regrole)
  group by n.nspname, a.grantee order by 1`;

const databaseGrants = `
  select 'database ' || ${granteeOf} || ': ' || string_agg(lower(a.privilege_type), ', ' order by a.privilege_type) as line
  from pg_database d, aclexplode(d.datacl) a where d.datname = current_database() and a.grantee <> d.datdba group by a.grantee order by 1`;

const roles = `
  select 'role ' || rolname || case when rolcanlogin then ' login' else ' nologin' end || case when rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication then ' WITH ATTRIBUTES' else '' end as line
  from pg_roles where rolname ~ '^aegis_' order by 1`;
