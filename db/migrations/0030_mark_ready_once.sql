-- why: a mark asks for the tenant once, not twice: each event of the log pays for it; lock: none (functions are replaced)
create or replace function ops.mark_ready (ring text)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant constant uuid := app.current_tenant();
begin
  if tenant is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  insert into ops.ready_tenant (queue, tenant_id) values (ring, tenant);
end $$;
create or replace function ops.mark_ready_at (ring text, look_at timestamptz)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  tenant constant uuid := app.current_tenant();
begin
  if tenant is null then raise exception 'no tenant context' using errcode = '28000'; end if;
  if look_at is null then return; end if;
  -- never earlier than now: who waits longest goes first, and nobody gets ahead by the age of their rows
  insert into ops.ready_tenant (queue, tenant_id, ready_at) values (ring, tenant, greatest(look_at, clock_timestamp()));
end $$;
