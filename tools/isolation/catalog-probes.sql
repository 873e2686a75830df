-- Questions to the catalogue whose answer must be no row; each names what it would find. Parameters come as settings of the session:
-- probe.roles (log-in roles), probe.shared (tables of db/shared-tables.txt), probe.definers (functions that run with their owner's
-- rights and may be called, as `function=role+role`), probe.policy (the one policy text), probe.staff (`table=text` of policies for staff).
-- P01 table with a tenant lacks ENABLE or FORCE
select c.oid::regclass::text from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
  and not (c.relrowsecurity and c.relforcerowsecurity)
  and not c.oid::regclass::text = any (string_to_array(current_setting('probe.shared'), ','))
-- P01b table in schema app is not under row-level security
select c.oid::regclass::text from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace = 'app'::regnamespace and not (c.relrowsecurity and c.relforcerowsecurity)
-- P02 log-in role has a right on a table without `tenant_id uuid not null`
select r || ' ' || c.oid::regclass from pg_class c, unnest(string_to_array(current_setting('probe.roles'), ',')) r
where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and (has_any_column_privilege(r, c.oid, 'select,insert,update,references') or has_table_privilege(r, c.oid, 'delete,truncate,trigger'))
  and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull and a.atttypid = 'uuid'::regtype)
-- P02b log-in role has a right on a shared table
select r || ' ' || c.oid::regclass from pg_class c, unnest(string_to_array(current_setting('probe.roles'), ',')) r
where c.oid::regclass::text = any (string_to_array(current_setting('probe.shared'), ','))
  and (has_any_column_privilege(r, c.oid, 'select,insert,update,references') or has_table_privilege(r, c.oid, 'delete,truncate,trigger'))
-- P03 table lacks its one restrictive policy for all commands, to public, with the one text
select c.oid::regclass::text from pg_class c
where c.relkind in ('r', 'p') and c.relrowsecurity and c.relnamespace::regnamespace::text !~ '^pg_'
  and (select count(*) from pg_policy p where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*' and p.polroles = '{0}'
    and pg_get_expr(p.polqual, p.polrelid) = current_setting('probe.policy')) <> 1
-- P03b table lacks its one permissive policy with the one text for the roles of the product and no other, or has a policy beyond those
select c.oid::regclass::text from pg_class c
where c.relkind in ('r', 'p') and c.relrowsecurity and c.relnamespace::regnamespace::text !~ '^pg_'
  and ((select count(*) from pg_policy p where p.polrelid = c.oid and p.polname <> 'staff') <> 2
    or (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*'
      and (select array_agg(r order by r) from unnest(p.polroles::regrole[]::text[]) r) = '{aegis_api,aegis_audit,aegis_keeper,aegis_worker}'
      and pg_get_expr(p.polqual, p.polrelid) = current_setting('probe.policy')) <> 1)
-- P03c table that staff have a right on lacks its policy for them, or that policy has another form, roles, command or reach than db/staff-tables.txt says
select c.oid::regclass::text from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace = 'app'::regnamespace
  and (has_any_column_privilege('aegis_staff', c.oid, 'select,insert,update,references') or has_table_privilege('aegis_staff', c.oid, 'delete,truncate,trigger')
    or exists (select from pg_policy p where p.polrelid = c.oid and (p.polname = 'staff' or p.polroles @> array['aegis_staff'::regrole::oid])))
  and (select count(*) from pg_policy p where p.polrelid = c.oid and p.polname = 'staff' and p.polpermissive and p.polcmd = 'r'
    and p.polroles = array['aegis_staff'::regrole::oid] and p.polwithcheck is null
    and c.oid::regclass::text || '=' || pg_get_expr(p.polqual, p.polrelid) = any (string_to_array(current_setting('probe.staff'), ';'))) <> 1
-- P03d staff may write to a table
select c.oid::regclass::text from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and (has_any_column_privilege('aegis_staff', c.oid, 'insert,update,references') or has_table_privilege('aegis_staff', c.oid, 'delete,truncate,trigger'))
-- P04 policy without check, or with a check that differs; one for reading alone has none
select polrelid::regclass || '.' || polname from pg_policy
where polcmd <> 'r' and (polwithcheck is null or pg_get_expr(polqual, polrelid) is distinct from pg_get_expr(polwithcheck, polrelid))
-- P05 policy with a way around
select polrelid::regclass || '.' || polname from pg_policy
where concat(pg_get_expr(polqual, polrelid), ' ', pg_get_expr(polwithcheck, polrelid)) ~* '( OR |coalesce|is null|\mtrue\M)'
-- P06 role of the product has an attribute, owns something it should not, or is a member of something
select rolname || ' attribute' from pg_roles
where rolname ~ '^aegis_' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
union all
select c.relowner::regrole || ' owns ' || c.oid::regclass from pg_class c where c.relowner::regrole::text = any (string_to_array(current_setting('probe.roles'), ','))
union all
select p.proowner::regrole || ' owns ' || p.oid::regprocedure from pg_proc p where p.proowner::regrole::text = any (string_to_array(current_setting('probe.roles'), ','))
union all
select n.nspowner::regrole || ' owns ' || n.nspname from pg_namespace n where n.nspowner::regrole::text = any (string_to_array(current_setting('probe.roles'), ','))
union all
select member::regrole || ' in ' || roleid::regrole from pg_auth_members where member::regrole::text ~ '^aegis_'
-- P06b table belongs to nobody but aegis_owner, and aegis_owner and aegis_keeper cannot log in
select c.oid::regclass || ' of ' || c.relowner::regrole from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text in ('app', 'identity', 'ops') and c.relowner <> 'aegis_owner'::regrole
  and c.oid <> 'ops.migration'::regclass
union all
select rolname || ' logs in' from pg_roles where rolname in ('aegis_owner', 'aegis_keeper') and rolcanlogin
-- P07 role of the product reaches a predefined role
select r || ' in ' || g.rolname from unnest(string_to_array(current_setting('probe.roles'), ',')) r, pg_roles g
where g.rolname ~ '^pg_' and pg_has_role(r, g.oid, 'member')
-- P08 right beyond select, insert, update, delete
select r || ' ' || c.oid::regclass from unnest(string_to_array(current_setting('probe.roles'), ',')) r, pg_class c
where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and (has_table_privilege(r, c.oid, 'truncate,references,trigger')
    or exists (select from aclexplode(c.relacl) a where a.privilege_type = 'MAINTAIN' and a.grantee in (0, r::regrole)))
union all
select r || ' database' from unnest(string_to_array(current_setting('probe.roles'), ',')) r where has_database_privilege(r, current_database(), 'create,temporary')
union all
select r || ' schema ' || n.nspname from unnest(string_to_array(current_setting('probe.roles'), ',')) r, pg_namespace n where has_schema_privilege(r, n.oid, 'create')
-- P08b log-in role may write code
select r || ' ' || lanname from unnest(string_to_array(current_setting('probe.roles'), ',')) r, pg_language
where lanpltrusted and has_language_privilege(r, oid, 'usage')
-- P08c log-in role may reach its neighbours: backends, locks, large objects, notifications
select r || ' ' || p.oid::regprocedure from unnest(string_to_array(current_setting('probe.roles'), ',')) r, pg_proc p
where p.proname ~ '^(pg_(try_)?advisory_|lo_|pg_(terminate|cancel)_backend$|pg_notify$|pg_stat_get_)' and has_function_privilege(r, p.oid, 'execute')
union all
select r || ' ' || c.relname from unnest(string_to_array(current_setting('probe.roles'), ',')) r, pg_class c
where c.relname in ('pg_stat_activity', 'pg_locks', 'pg_prepared_xacts', 'pg_stat_user_tables', 'pg_stat_statements', 'pg_stats')
  and has_table_privilege(r, c.oid, 'select')
-- P09 view without security_invoker
select c.oid::regclass::text from pg_class c
where c.relkind = 'v' and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and not coalesce(c.reloptions::text ~ 'security_invoker=(true|on|1)', false)
-- P10 function with its owner's rights: search_path not pinned, another owner than aegis_keeper, or callable off the list
select p.oid::regprocedure::text || ' ' || coalesce(r, 'public') from pg_proc p
left join lateral (select r from unnest(string_to_array(current_setting('probe.roles'), ',')) r where has_function_privilege(r, p.oid, 'execute')) x(r) on true
where p.prosecdef and p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
  and (not coalesce(p.proconfig::text ~ 'search_path=pg_catalog, pg_temp', false) or p.proowner <> 'aegis_keeper'::regrole
    or (r is not null and not (p.oid::regprocedure::text || '=' || r) = any (string_to_array(current_setting('probe.definers'), ';'))))
-- P10b function of ours that PUBLIC may call
select p.oid::regprocedure::text from pg_proc p
where p.pronamespace::regnamespace::text in ('app', 'identity', 'ops', 'public') and has_function_privilege('public', p.oid, 'execute')
-- P11 readable materialized view or foreign table, or any large object
select c.oid::regclass::text from pg_class c, unnest(string_to_array(current_setting('probe.roles'), ',')) r
where c.relkind in ('m', 'f') and has_table_privilege(r, c.oid, 'select')
union all
select 'large object ' || oid from pg_largeobject_metadata
-- P12 partition or child: no row-level security of its own, or a right of its own
select i.inhrelid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
where c.relkind in ('r', 'p') and (not (c.relrowsecurity and c.relforcerowsecurity)
  or exists (select from unnest(string_to_array(current_setting('probe.roles'), ',')) r where has_table_privilege(r, c.oid, 'select,insert,update,delete')))
-- P13 unique or exclusion index that does not begin with tenant_id
select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
where (i.indisunique or i.indisexclusion) and c.relrowsecurity
  and not exists (select from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0] and a.attname = 'tenant_id')
-- P14 foreign key to a tenant table that leaves tenant_id out
select k.conrelid::regclass || '.' || k.conname from pg_constraint k join pg_class c on c.oid = k.confrelid
where k.contype = 'f' and c.relrowsecurity and not exists (
  select from unnest(k.conkey, k.confkey) u(a, b)
  join pg_attribute x on x.attrelid = k.conrelid and x.attnum = u.a and x.attname = 'tenant_id'
  join pg_attribute y on y.attrelid = k.confrelid and y.attnum = u.b and y.attname = 'tenant_id')
-- P15 log-in role may use a sequence
select r || ' ' || c.oid::regclass from pg_class c, unnest(string_to_array(current_setting('probe.roles'), ',')) r
where c.relkind = 'S' and has_sequence_privilege(r, c.oid, 'usage,select,update')
-- P16 leakproof function, operator or extension that is not the server's own
select 'leakproof ' || p.oid::regprocedure from pg_proc p where p.proleakproof and p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
union all
select 'operator ' || oid::regoperator from pg_operator where oprnamespace::regnamespace::text !~ '^pg_'
union all
select 'extension ' || extname from pg_extension where extname <> 'plpgsql'
-- P17 another way out: publications, slots, prepared transactions
select 'publication ' || pubname from pg_publication
union all
select 'slot ' || slot_name from pg_replication_slots
union all
select 'max_prepared_transactions' where current_setting('max_prepared_transactions')::integer > 0
-- P19 the event trigger is missing or off
select 'force_rls' where not exists (select from pg_event_trigger where evtname = 'force_rls' and evtenabled in ('O', 'A'))
-- P21 index column whose operators are not leakproof: row-level security will not use it
select distinct i.indexrelid::regclass || '.' || a.attname from pg_index i join pg_class c on c.oid = i.indrelid and c.relrowsecurity
cross join lateral unnest(i.indkey::integer[], i.indclass::oid[]) u(attnum, opc)
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum
join pg_opclass oc on oc.oid = u.opc
join pg_amop m on m.amopfamily = oc.opcfamily and m.amoplefttype = oc.opcintype and m.amoprighttype = oc.opcintype
join pg_operator o on o.oid = m.amopopr join pg_proc p on p.oid = o.oprcode where not p.proleakproof
-- P22 default privileges hand something to a role of the product or to PUBLIC
select d.defaclrole::regrole || ' ' || a::text from pg_default_acl d, unnest(d.defaclacl) a
where a::text ~ '^=' or split_part(a::text, '=', 1) ~ '^aegis_'
-- P29 somebody is a member of a role of the product: a plan outlives the end of a membership
select member::regrole || ' in ' || roleid::regrole from pg_auth_members where roleid::regrole::text ~ '^aegis_'
-- D01 instant with more decimals than the wire carries: a cursor would skip or repeat rows
select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p') and c.relnamespace = 'app'::regnamespace and a.atttypid = 'timestamptz'::regtype and a.atttypmod <> 3
-- D02 PUBLIC may connect, make temporary tables, or use a schema of ours
select 'database' where has_database_privilege('public', current_database(), 'connect') or has_database_privilege('public', current_database(), 'temporary')
union all
select n.nspname::text from pg_namespace n where n.nspname in ('app', 'identity', 'ops', 'public') and has_schema_privilege('public', n.oid, 'usage')
