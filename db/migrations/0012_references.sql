-- why: references of findings are checked once a statement, not once a row; lock: access exclusive on app.finding and app.sighting for a moment
-- A foreign key asks and locks the parent for every row: 70 % of the time in which a scan's findings are recorded, for parents that are
-- the same in all of them. app.refer keeps the same promise by statement: a child never names a parent that is not there, whoever writes.
-- Writers of children pay one query; the rare side, which removes a parent, waits for every writer of the child table and then looks.

-- Child side. Arguments: column, parent table. As the caller, so that a row of another tenant is as absent as one that never was.
-- All keys in one look: right after a large import the planner takes any index that holds the key for as good as the key's own, and a
-- look for each row would read the tenant's whole table each time.
create function app.check_reference () returns trigger language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  tenant uuid;
  named uuid[];
  there bigint;
begin
  for tenant, named in execute format('select tenant_id, array_agg(distinct %I) from added group by tenant_id', tg_argv[0]) loop
    execute format('select count(*) from %s p where p.tenant_id = $1 and p.id = any ($2)', tg_argv[1]) into there using tenant, named;
    if there <> cardinality(named) then
      raise exception 'insert or update on % names a row of % that is not there', tg_relid::regclass, tg_argv[1]
        using errcode = '23503', table = tg_table_name, column = tg_argv[0], constraint = tg_name;
    end if;
  end loop;
  return null;
end $$;

-- Parent side. Arguments: child table, its column. The lock waits for statements that have not committed what they checked; those that
-- come later wait for it, and then see that the parent is gone.
create function app.keep_referenced () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  held boolean;
begin
  execute format('lock table %s in share row exclusive mode', tg_argv[0]);
  execute format(
    'select exists (select from removed p join %1$s c on c.tenant_id = p.tenant_id and c.%2$I = p.id)', tg_argv[0], tg_argv[1]) into held;
  if held then
    raise exception 'a row of % is still named by %', tg_relid::regclass, tg_argv[0]
      using errcode = '23503', table = tg_table_name, constraint = tg_name;
  end if;
  return null;
end $$;

create function app.keep_key () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin raise exception 'what other rows of % rely on is kept', tg_relid::regclass using errcode = '55000'; end $$;

-- `child (tenant_id, reference)` names `parent (tenant_id, id)`. A key that is named does not change, nor does a reference, except one
-- that `may_change`.
create function app.refer (child regclass, reference name, parent regclass, may_change boolean default false) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  of_child constant text := (select relname from pg_class where oid = child);
  keep constant text := 'create or replace trigger %I before update of tenant_id, %2$I on %3$s for each row
    when ((old.tenant_id, old.%2$I) is distinct from (new.tenant_id, new.%2$I)) execute function app.keep_key()';
begin
  execute format('create trigger %I after insert on %s referencing new table as added for each statement
    execute function app.check_reference(%L, %L)', 'refers_' || reference, child, reference, parent::text);
  if may_change then
    execute format('create trigger %I after update on %s referencing new table as added for each statement
      execute function app.check_reference(%L, %L)', 'still_refers_' || reference, child, reference, parent::text);
  else
    execute format(keep, 'keep_' || reference, reference, child);
  end if;
  execute format('create trigger %I after delete on %s referencing old table as removed for each statement
    execute function app.keep_referenced(%L, %L)', 'kept_for_' || of_child || '_' || reference, parent, child::text, reference);
  execute format(keep, 'keep_id', 'id', parent);
end $$;

alter table app.finding drop constraint finding_tenant_id_repository_id_fkey, drop constraint finding_tenant_id_first_scan_id_fkey,
  drop constraint finding_tenant_id_last_scan_id_fkey;
alter table app.sighting drop constraint sighting_tenant_id_scan_id_fkey, drop constraint sighting_tenant_id_finding_id_fkey,
  drop constraint sighting_tenant_id_pack_id_fkey;
select app.refer('app.finding', 'repository_id', 'app.repository');
select app.refer('app.finding', 'first_scan_id', 'app.scan');
select app.refer('app.finding', 'last_scan_id', 'app.scan', may_change => true);
select app.refer('app.sighting', 'scan_id', 'app.scan');
select app.refer('app.sighting', 'finding_id', 'app.finding');
select app.refer('app.sighting', 'pack_id', 'app.evidence_pack');
