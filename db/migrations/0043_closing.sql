-- why: an account can be closed: shut at once, for good after five minutes, kept by an owner in between; lock: access exclusive on app.tenant, app.job and app.scan for a moment
alter table app.tenant
  add column state text not null default 'open' check (state in ('open', 'closing', 'closed')),
  add column closes_at timestamptz(3), -- until then an owner may keep the account
  add column closed_at timestamptz(3),
  add column erased_at timestamptz(3), -- its rows have gone
  add check ((state = 'open') = (closes_at is null)),
  add check ((state = 'closed') = (closed_at is not null)),
  add check (erased_at is null or state = 'closed');
-- Whoever closes says that and nothing else: the times are the server's.
grant update (state) on app.tenant to aegis_api, aegis_worker, aegis_keeper;
grant update (name, erased_at) on app.tenant to aegis_worker;

-- Accounts that are not open, for whoever must know that before a tenant is entered. A trigger keeps it.
create table identity.closing_tenant (
  tenant_id uuid primary key,
  closed boolean not null
);

create function app.move_tenant () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.state = 'open' and new.state = 'closing' then
    new.closes_at := clock_timestamp() + interval '5 minutes';
  elsif old.state = 'closing' and new.state = 'open' and old.closes_at > clock_timestamp() then
    new.closes_at := null;
  elsif old.state = 'closing' and new.state = 'closed' and old.closes_at <= clock_timestamp() then
    new.closed_at := clock_timestamp();
  else
    raise exception 'an account does not go from % to % now', old.state, new.state using errcode = '55000';
  end if;
  return new;
end $$;
create trigger move_tenant before update on app.tenant for each row when (old.state is distinct from new.state) execute function app.move_tenant();

create function identity.follow_tenant () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.state = 'open' then
    delete from identity.closing_tenant c where c.tenant_id = new.tenant_id;
  else
    insert into identity.closing_tenant as c (tenant_id, closed) values (new.tenant_id, new.state = 'closed')
    on conflict (tenant_id) do update set closed = excluded.closed;
  end if;
  return null;
end $$;
create trigger follow_tenant after update on app.tenant for each row when (old.state is distinct from new.state) execute function identity.follow_tenant();

-- The one place where a pass is made is where an account that closes is shut: whatever way in somebody tries, there is no pass for the API.
-- `though_closing` is for an owner who may still keep the account; once it is closed there is none for anybody.
drop function identity.mint_pass (uuid, text, timestamptz);
create function identity.mint_pass (tenant uuid, for_role text, until timestamptz default 'infinity', though_closing boolean default false) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  key_id constant text := (select k.kid from identity.proof_key k where k.retired_at is null);
  head constant text := key_id || '.' || tenant || '.' || floor(date_part('epoch', least(until, clock_timestamp() + interval '60 seconds')))::bigint;
begin
  if for_role = 'aegis_api' and exists (select from identity.closing_tenant c where c.tenant_id = tenant and (c.closed or not though_closing)) then
    return null;
  end if;
  return head || '.' || encode(identity.proof_mac(key_id, head || '.' || for_role), 'hex');
end $$;

-- What is left while an account closes: sessions of owners who are signed in as themselves. What they reach is decided at the rim.
create function identity.find_closing_credential (credential_hash bytea) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select identity.mint_pass(c.tenant_id, 'aegis_api', c.expires_at, true) from identity.credential c
  where c.hash = credential_hash and c.kind = 'session' and c.person and c.role = 'owner' and c.revoked_at is null and c.expires_at > clock_timestamp()
    and (c.idle_seconds is null or c.last_used_at > clock_timestamp() - make_interval(secs => c.idle_seconds))
$$;

-- An owner who comes with a passkey, so that whoever is not signed in can keep the account too. As use_passkey: after its answer was checked.
create function identity.open_closing (tenant uuid, passkey uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set app.tenant_proof = '' as $$
begin
  perform identity.enter_tenant(tenant);
  if not exists (select from app.passkey k join app.member m on m.tenant_id = k.tenant_id and m.id = k.member_id
    where k.tenant_id = tenant and k.id = passkey and m.state = 'active' and m.role = 'owner' and k.last_used_at > clock_timestamp() - interval '1 minute')
  then return null; end if;
  return identity.mint_pass(tenant, 'aegis_api', 'infinity', true);
end $$;

-- Ends what is open to others of the tenant of the transaction: every session but those of owners as themselves.
create function identity.end_sessions_of_closing () returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  with ended as (
    update identity.credential c set revoked_at = clock_timestamp()
    where c.tenant_id = app.current_tenant() and c.kind in ('session', 'code') and c.revoked_at is null and not (c.kind = 'session' and c.person and c.role is not distinct from 'owner')
    returning c.subject_id
  )
  update app.session s set ended_at = clock_timestamp() from ended where s.tenant_id = app.current_tenant() and s.id = ended.subject_id and s.ended_at is null;
end $$;

-- No new work while an account is not open. The lock makes a transaction that is under way either be waited for by whoever closes, or see
-- that it has closed. What only finishes, clears away or tells goes on.
create function app.refuse_closing () returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform from app.tenant t where t.tenant_id = new.tenant_id and t.state = 'open' for key share;
  if not found then raise exception 'the account is not open' using errcode = '40001'; end if;
  return new;
end $$;
create trigger refuse_closing before insert on app.scan for each row execute function app.refuse_closing();
create trigger refuse_closing before insert on app.job for each row
  when (new.kind in ('ingest.seal', 'scan.analyze', 'findings.record', 'forge.handle', 'forge.sync', 'forge.reconcile'))
  execute function app.refuse_closing();

do $$
declare
  kinds constant text := (select pg_get_constraintdef(c.oid) from pg_constraint c where c.conrelid = 'app.job'::regclass and c.conname = 'job_kind_check');
begin
  alter table app.job drop constraint job_kind_check;
  execute 'alter table app.job add constraint job_kind_check ' || replace(kinds, 'ARRAY[', 'ARRAY[''tenant.close''::text, ');
end $$;

-- Nor does anybody of staff ask for it. The rest of the function stays as it is.
do $$
declare
  asks constant text := pg_get_functiondef('identity.request_elevation(bytea,uuid,uuid,text,text,text,integer)'::regprocedure);
  asks_of_open constant text := replace(asks, 'where t.tenant_id = request_elevation.tenant)', 'where t.tenant_id = request_elevation.tenant and t.state = ''open'')');
begin
  if asks_of_open = asks then raise exception 'the function is not the one that this was written for'; end if;
  execute asks_of_open;
end $$;

grant select, insert, update, delete on identity.closing_tenant to aegis_keeper;
grant select (tenant_id, id, ended_at), update (ended_at) on app.session to aegis_keeper;
grant select (last_used_at) on app.passkey to aegis_keeper;
grant execute on function identity.mint_pass (uuid, text, timestamptz, boolean) to aegis_keeper;
grant execute on function identity.find_closing_credential (bytea), identity.open_closing (uuid, uuid) to aegis_identity;
grant execute on function identity.end_sessions_of_closing () to aegis_api;
