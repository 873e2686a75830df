-- why: the secret of a session is changed while it lives, so that a stolen one is soon worth nothing and its use is seen; lock: access exclusive on identity.credential for a moment
-- A session has a chain of secrets. `follows`: the one before, until this one is used for the first time; from then on that one is replaced.
alter table identity.credential add column made_at timestamptz(3) not null default clock_timestamp(), add column follows bytea,
  add column replaced_at timestamptz(3);
create unique index credential_follows on identity.credential (follows) where follows is not null;

-- Another role is another secret, at the next request.
create or replace function identity.follow_member () returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update identity.credential c set role = case when new.state = 'active' then new.role end,
    made_at = case when c.kind = 'session' then '-infinity' else c.made_at end
  where c.tenant_id = new.tenant_id and c.member_id = new.id;
  return null;
end $$;

-- `due`: this secret of a session is to be followed by another. `reused`: it was replaced longer ago than requests are under way, so that
-- two have it; nobody knows which of them is whose it is, and every secret of the session is revoked.
drop function identity.find_credential (bytea);
create function identity.find_credential (credential_hash bytea)
returns table (tenant_id uuid, kind text, subject_id uuid, member_id uuid, role text, person boolean, scope text, expires_at timestamptz, pass text,
  due boolean, reused boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  c identity.credential;
begin
  select * into c from identity.credential k
  where k.hash = credential_hash and k.kind in ('token', 'session') and k.revoked_at is null and k.expires_at > clock_timestamp()
    and (k.member_id is null or k.role is not null)
    and (k.replaced_at is not null or k.idle_seconds is null or k.last_used_at > clock_timestamp() - make_interval(secs => k.idle_seconds));
  if not found then return; end if;
  if c.replaced_at < clock_timestamp() - interval '30 seconds' then
    update identity.credential k set revoked_at = clock_timestamp()
    where k.tenant_id = c.tenant_id and k.subject_id = c.subject_id and k.revoked_at is null;
    return query select c.tenant_id, c.kind, c.subject_id, c.member_id, c.role, c.person, c.scope, c.expires_at,
      identity.mint_pass(c.tenant_id, 'aegis_api', c.expires_at), false, true;
    return;
  end if;
  if c.follows is not null or c.last_used_at is null or c.last_used_at < clock_timestamp() - interval '1 minute' then
    begin
      update identity.credential k set replaced_at = clock_timestamp() where k.hash = c.follows and k.replaced_at is null;
      update identity.credential k set last_used_at = clock_timestamp(), follows = null where k.hash = credential_hash;
    exception when insufficient_resources or read_only_sql_transaction then
      null; -- who may come in does not hang on whether that can be noted
    end;
  end if;
  return query select c.tenant_id, c.kind, c.subject_id, c.member_id, c.role, c.person, c.scope, c.expires_at,
    identity.mint_pass(c.tenant_id, 'aegis_api', c.expires_at),
    c.kind = 'session' and c.replaced_at is null and c.made_at < clock_timestamp() - interval '15 minutes', false;
end $$;

-- Another pass for a request that goes on, such as a live view: its secret may have been replaced since, which is no theft. What ends a
-- credential ends this too.
create function identity.renew_pass (credential_hash bytea) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select identity.mint_pass(k.tenant_id, 'aegis_api', k.expires_at) from identity.credential k
  where k.hash = credential_hash and k.kind in ('token', 'session') and k.revoked_at is null and k.expires_at > clock_timestamp()
    and (k.member_id is null or k.role is not null)
$$;

-- Gives a session a secret that follows one of its own which is due; answers whether it did. The old one holds until the new one is used:
-- an answer may get lost. One that nobody has used within a minute is taken for lost. The end of the session stays what it was.
create function identity.rotate_session (old_hash bytea, new_hash bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  c identity.credential;
begin
  select * into c from identity.credential k
  where k.hash = old_hash and k.kind = 'session' and k.revoked_at is null and k.replaced_at is null and k.expires_at > clock_timestamp()
    and k.made_at < clock_timestamp() - interval '15 minutes' for update;
  if not found then return false; end if;
  delete from identity.credential k where k.follows = old_hash and k.made_at < clock_timestamp() - interval '1 minute';
  if exists (select from identity.credential k where k.follows = old_hash) then return false; end if;
  insert into identity.credential (hash, tenant_id, kind, subject_id, scope, expires_at, member_id, role, person, idle_seconds, last_used_at, follows)
  values (new_hash, c.tenant_id, c.kind, c.subject_id, c.scope, c.expires_at, c.member_id, c.role, c.person, c.idle_seconds, clock_timestamp(), old_hash);
  return true;
end $$;
grant delete on identity.credential to aegis_keeper;
grant update (made_at, follows, replaced_at) on identity.credential to aegis_keeper;
grant execute on function identity.find_credential (bytea), identity.renew_pass (bytea), identity.rotate_session (bytea, bytea) to aegis_identity;
