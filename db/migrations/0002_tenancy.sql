-- why: schemas, the tenant of a transaction, forced row-level security; lock: none (new objects)
create schema app authorization aegis_owner; -- tenant tables
create schema identity authorization aegis_owner; -- read before a tenant is known
alter schema ops owner to aegis_owner; -- the product's own bookkeeping; made by the migration runner
grant usage on schema app to aegis_api, aegis_worker, aegis_audit, aegis_keeper;
grant usage on schema identity to aegis_api, aegis_identity, aegis_keeper;
grant usage on schema ops to aegis_api, aegis_worker, aegis_audit, aegis_keeper;

-- Nothing for PUBLIC: no temporary tables, no code of one's own, no look at the neighbours.
revoke all on schema public from public;
revoke usage on language plpgsql, sql from public;
alter default privileges revoke execute on functions from public;
do $$
declare
  f regprocedure;
  v regclass;
begin
  for f in
    select p.oid from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^(pg_(try_)?advisory_|lo_|lowrite$|loread$|pg_(terminate|cancel)_backend$|pg_notify$|pg_logical_|pg_stat_get_|pg_lock_status$|pg_prepared_xact$|pg_cursor$|pg_export_snapshot$)'
  loop
    execute format('revoke execute on function %s from public', f);
  end loop;
  for v in
    select c.oid from pg_class c where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'v' and c.relname ~ '^(pg_stat|pg_locks$|pg_prepared_xacts$|pg_replication_|pg_cursors$|pg_file_settings$)'
  loop
    execute format('revoke all on %s from public', v);
  end loop;
end $$;

-- What belongs to the database and not to its contents, so that a copy of this database needs it again.
create function ops.close_database () returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to aegis_api, aegis_worker, aegis_identity, aegis_staff, aegis_audit', current_database());
end $$;
select ops.close_database();

-- The tenant of this transaction, or null: then every policy below is null and no row is seen. After a transaction that had one the
-- setting is '' and not null, hence nullif.
create function app.current_tenant () returns uuid language sql stable parallel safe
return nullif(pg_catalog.current_setting('app.tenant_id', true), '')::uuid;
grant execute on function app.current_tenant () to aegis_api, aegis_worker, aegis_audit, aegis_keeper, aegis_owner;

-- Puts a table under row-level security that holds for its owner too. Losing either policy fails closed; both carry the same text,
-- which Postgres folds into one InitPlan: evaluated once a statement, and an index still serves. TO PUBLIC, because a role that is
-- named in a policy may take itself out of it (CVE-2026-116311).
create function app.protect (t regclass) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  rule constant text := '(tenant_id = (select app.current_tenant()))';
begin
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy floor on %s as restrictive for all to public using %s with check %s', t, rule, rule);
  execute format('create policy allow on %s as permissive for all to public using %s with check %s', t, rule, rule);
end $$;

-- A table that a migration forgets to protect is forced shut: row-level security without a policy shows nothing.
create function ops.force_rls () returns event_trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  t regclass;
begin
  for t in
    select c.oid from pg_event_trigger_ddl_commands() d join pg_class c on c.oid = d.objid
    where d.classid = 'pg_class'::regclass and c.relkind in ('r', 'p') and c.relnamespace = 'app'::regnamespace
      and d.command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
  loop
    execute format('alter table %s enable row level security', t);
    execute format('alter table %s force row level security', t);
  end loop;
end $$;
create event trigger force_rls on ddl_command_end execute function ops.force_rls();

-- The runner calls this after every file: tables belong to aegis_owner, functions that run with their owner's rights to aegis_keeper,
-- and PUBLIC has nothing, so that no file can forget it.
create function ops.adopt () returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  r record;
begin
  for r in
    select c.oid::regclass as t, c.relowner = 'aegis_owner'::regrole as owned from pg_class c
    where c.relnamespace in ('app'::regnamespace, 'identity'::regnamespace, 'ops'::regnamespace) and c.relkind in ('r', 'p')
      and c.oid <> 'ops.migration'::regclass
  loop
    if not r.owned then execute format('alter table %s owner to aegis_owner', r.t); end if;
    execute format('revoke all on %s from public', r.t);
  end loop;
  for r in
    select p.oid::regprocedure as f, p.prosecdef and p.proowner <> 'aegis_keeper'::regrole as adopted from pg_proc p
    where p.pronamespace in ('app'::regnamespace, 'identity'::regnamespace, 'ops'::regnamespace)
  loop
    if r.adopted then execute format('alter function %s owner to aegis_keeper', r.f); end if;
    execute format('revoke all on function %s from public', r.f);
  end loop;
end $$;
