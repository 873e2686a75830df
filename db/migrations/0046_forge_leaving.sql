-- why: an App of a forge goes as a member does: out at once, for good after five minutes, brought back in between; lock: access exclusive on app.forge_app, identity.forge_hook and app.job for a moment
alter table app.forge_app
  add column state text not null default 'active' check (state in ('active', 'leaving', 'gone')),
  add column leaves_at timestamptz(3),
  add check ((state = 'active') = (leaves_at is null));
grant update (state) on app.forge_app to aegis_api, aegis_worker;
grant update (hook_secrets) on app.forge_app to aegis_worker;
grant update (state, changed_at) on app.forge_installation to aegis_worker;
-- The same App may be registered again once it is gone.
alter table app.forge_app drop constraint forge_app_tenant_id_api_url_external_id_key;
create unique index forge_app_registered on app.forge_app (tenant_id, api_url, external_id) where state <> 'gone';

create function app.move_app () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.state = 'active' and new.state = 'leaving' then
    new.leaves_at := clock_timestamp() + interval '5 minutes';
  elsif old.state = 'leaving' and new.state = 'active' and old.leaves_at > clock_timestamp() then
    new.leaves_at := null;
  elsif not (old.state = 'leaving' and new.state = 'gone' and old.leaves_at <= clock_timestamp()) then
    raise exception 'an App does not go from % to % now', old.state, new.state using errcode = '55000';
  end if;
  return new;
end $$;
create trigger move_app before update on app.forge_app for each row when (old.state is distinct from new.state) execute function app.move_app();

-- What follows by itself: its address takes no delivery while it leaves, and is forgotten with it; whose its installations are is free
-- again, unless another App of the tenant has them; its key is to be destroyed.
create function identity.follow_app () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update identity.forge_hook h set live = new.state = 'active' where h.tenant_id = new.tenant_id and h.app_id = new.id;
  if new.state = 'gone' then
    delete from identity.forge_hook h where h.tenant_id = new.tenant_id and h.app_id = new.id;
    delete from identity.forge_claim c where c.tenant_id = new.tenant_id and c.api_url = new.api_url
      and c.external_id in (select i.external_id from app.forge_installation i where i.tenant_id = new.tenant_id and i.app_id = new.id);
    insert into identity.key_order (tenant_id, key, subject) values (new.tenant_id, 'forge', new.id) on conflict do nothing;
  end if;
  return null;
end $$;
alter table identity.forge_hook add column live boolean not null default true;
create trigger follow_app after update on app.forge_app for each row when (old.state is distinct from new.state) execute function identity.follow_app();
create or replace function identity.find_forge_hook (hook_hash bytea)
returns table (tenant_id uuid, app_id uuid, pass text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select h.tenant_id, h.app_id, identity.mint_pass(h.tenant_id, 'aegis_api') from identity.forge_hook h where h.hash = hook_hash and h.live
$$;
grant update (live) on identity.forge_hook to aegis_keeper;
do $$
declare
  kinds constant text := (select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = 'app.job'::regclass and c.conname = 'job_kind_check');
begin
  alter table app.job drop constraint job_kind_check;
  execute 'alter table app.job add constraint job_kind_check ' || replace(kinds, 'ARRAY[', 'ARRAY[''forge.leave''::text, ');
end $$;
