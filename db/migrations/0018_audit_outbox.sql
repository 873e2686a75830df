-- why: an event costs one row and one index entry; lock: access exclusive on app.audit_outbox for a moment
-- Ids are made in order of time, so the primary key is the order of placing, and a second index for it was half of an event's cost. The
-- tenant is looked up once a statement instead of once a row.
drop index app.audit_outbox_order;
alter table app.audit_outbox drop constraint audit_outbox_tenant_id_fkey;
create function app.check_tenant () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from added a where not exists (select from app.tenant t where t.tenant_id = a.tenant_id)) then
    raise exception 'insert into % names a tenant that is not there', tg_relid::regclass
      using errcode = '23503', table = tg_table_name, constraint = tg_name;
  end if;
  return null;
end $$;
create trigger of_tenant after insert on app.audit_outbox referencing new table as added for each statement
  execute function app.check_tenant();
